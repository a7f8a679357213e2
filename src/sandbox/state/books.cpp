// Writing and reading back the books.
#include "sandbox/state/books.hpp"

#include "sandbox/call/json.hpp"
#include "sandbox/media/seeded_random.hpp"

namespace nightshift::sandbox {
namespace {

Json or_null(const std::string& text) {
    return text.empty() ? Json() : Json(text);
}

std::uint64_t key_of(const std::string& path, const std::string& body_sha256) {
    return mix(mix(0, path), body_sha256);
}

}  // namespace

Books::Books(const std::filesystem::path& path) : journal_(path) {
    journal_.each([this](std::string_view line) {
        const Json record = parse_json(line);
        const std::string hash = text_at(record, "body_sha256");
        ++count_;
        if (value_at(record, "billed") == true) ++executed_[key_of(text_at(record, "path"), hash)];
    });
}

void Books::enter(const Entry& entry) {
    ++count_;
    if (entry.billed) ++executed_[key_of(entry.path, entry.body_sha256)];
    journal_.append(plain_json(Json{{"n", count_},
                                    {"path", entry.path},
                                    {"model", entry.model},
                                    {"body_sha256", entry.body_sha256},
                                    {"idempotency_key", or_null(entry.idempotency_key)},
                                    {"status", entry.status},
                                    {"remote_id", or_null(entry.remote_id)},
                                    {"billed", entry.billed}}));
}

std::uint32_t Books::executed(const std::string& path, const std::string& body_sha256) const {
    const auto found = executed_.find(key_of(path, body_sha256));
    return found == executed_.end() ? 0 : found->second;
}

}  // namespace nightshift::sandbox
