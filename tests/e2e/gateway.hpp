// Gateways and manifests for tests of the real binary.

#pragma once

#include "tests/fakes/program.hpp"
#include "tests/fakes/replay_server.hpp"

#include <map>
#include <string>

namespace nightshift::test {

inline const std::string canary_key = "sk-sandbox-CANARY0123456789abcdef";

// The environment that points at a gateway.
inline std::map<std::string, std::string> pointing_at(const std::string& base_url) {
    return {{"NIGHTSHIFT_BASE_URL", base_url}, {"NIGHTSHIFT_API_KEY", canary_key}};
}

inline Canned chat_reply(const std::string& text = "good") {
    return {
        200,
        {{"Content-Type", "application/json"}},
        R"({"choices":[{"index":0,"message":{"role":"assistant","content":")" + text +
            R"("},"finish_reason":"stop"}],"usage":{"prompt_tokens":3,"completion_tokens":4}})"};
}

inline Canned error_reply(int status, const std::string& code, const std::string& type,
                          const std::string& message = "no") {
    return {status,
            {{"Content-Type", "application/json"}, {"X-Oneapi-Request-Id", "req1"}},
            R"({"error":{"code":")" + code + R"(","message":")" + message + R"(","type":")" + type +
                R"("}})"};
}

inline std::string chat_lines(int count) {
    std::string text;
    for (int i = 0; i < count; ++i) {
        text += R"({"id":"t)" + std::to_string(i) + R"(","model":"gpt-5.4","prompt":"p)" +
                std::to_string(i) + "\"}\n";
    }
    return text;
}

}  // namespace nightshift::test
