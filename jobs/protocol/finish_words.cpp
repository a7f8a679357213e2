// Sources, besides wire contract 3.3, 4.2 and 5.3:
//   OpenAI      platform.openai.com/docs/api-reference/chat/object, .../responses/object
//   Anthropic   docs.anthropic.com/en/api/handling-stop-reasons
//   Gemini      ai.google.dev/api/generate-content#FinishReason
//   Azure       learn.microsoft.com/azure/ai-services/openai/concepts/content-filter
//   Bedrock     docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_Converse.html
//   Mistral     docs.mistral.ai/api (FinishReason: model_length, error)
//   Cohere      docs.cohere.com/reference/chat (MAX_TOKENS, ERROR_TOXIC, ERROR_LIMIT, TIMEOUT)
//   DeepSeek    api-docs.deepseek.com/api/create-chat-completion (insufficient_system_resource)
//   Zhipu       docs.bigmodel.cn (sensitive, network_error, model_context_window_exceeded)
//   MiniMax     platform.minimaxi.com (max_output)
//   vLLM        docs.vllm.ai (abort); SGLang docs.sglang.ai (abort)
//   OpenRouter  openrouter.ai/docs/api-reference/overview (error)

#include "jobs/protocol/finish_words.hpp"

#include <algorithm>
#include <string>

namespace nightshift::jobs {
namespace {

struct Row {
    std::string_view word;  // small letters and digits only
    Ending ending;
};

constexpr Row rows[] = {
    {"length", Ending::cut},     // OpenAI
    {"maxtokens", Ending::cut},  // Anthropic, Gemini, Bedrock, Cohere
    {"maxtoken", Ending::cut},
    {"maxtokensreached", Ending::cut},
    {"maxlength", Ending::cut},
    {"maxoutput", Ending::cut},        // MiniMax
    {"maxoutputtokens", Ending::cut},  // OpenAI's responses
    {"maxcompletiontokens", Ending::cut},
    {"maxnewtokens", Ending::cut},
    {"maxcontextlength", Ending::cut},
    {"modellength", Ending::cut},  // Mistral
    {"tokenlimit", Ending::cut},
    {"lengthlimit", Ending::cut},
    {"errorlimit", Ending::cut},  // Cohere
    {"contextlength", Ending::cut},
    {"contextlengthexceeded", Ending::cut},
    {"contextwindowexceeded", Ending::cut},
    {"modelcontextwindowexceeded", Ending::cut},  // Anthropic, Bedrock, Zhipu
    {"incomplete", Ending::cut},                  // OpenAI's responses
    {"truncated", Ending::cut},
    {"pauseturn", Ending::cut},            // Anthropic
    {"contentfilter", Ending::refused},    // OpenAI, Azure
    {"contentfiltered", Ending::refused},  // Bedrock
    {"contentfiltering", Ending::refused},
    {"contentpolicy", Ending::refused},
    {"contentpolicyviolation", Ending::refused},
    {"contentmoderation", Ending::refused},
    {"moderation", Ending::refused},
    {"moderationblocked", Ending::refused},
    {"datainspectionfailed", Ending::refused},  // DashScope
    {"guardrailintervened", Ending::refused},   // Bedrock
    {"refusal", Ending::refused},               // Anthropic
    {"refused", Ending::refused},
    {"sensitive", Ending::refused},   // Zhipu
    {"errortoxic", Ending::refused},  // Cohere
    {"blocked", Ending::refused},
    {"block", Ending::refused},
    {"safety", Ending::refused},  // Gemini, and the rest of these
    {"recitation", Ending::refused},
    {"language", Ending::refused},
    {"blocklist", Ending::refused},
    {"prohibitedcontent", Ending::refused},
    {"spii", Ending::refused},
    {"imagesafety", Ending::refused},
    {"imageprohibitedcontent", Ending::refused},
    {"imagerecitation", Ending::refused},
    {"modelarmor", Ending::refused},
    {"insufficientsystemresource", Ending::overloaded},  // DeepSeek
    {"overloaded", Ending::overloaded},
    {"timeout", Ending::broken},       // Cohere
    {"networkerror", Ending::broken},  // Zhipu
    {"error", Ending::broken},         // OpenRouter, Mistral, Cohere
    {"unknownerror", Ending::broken},
    {"servererror", Ending::broken},
    {"failed", Ending::broken},
    {"failure", Ending::broken},
    {"abort", Ending::broken},  // vLLM, SGLang
    {"aborted", Ending::broken},
    {"cancel", Ending::broken},
    {"cancelled", Ending::broken},
    {"canceled", Ending::broken},
    {"interrupted", Ending::broken},
    {"usercancelled", Ending::broken},
    {"usercanceled", Ending::broken},  // Cohere
    {"other", Ending::broken},         // Gemini: none of its other reasons
    {"imageother", Ending::broken},
    {"malformedfunctioncall", Ending::broken},  // Gemini
    {"malformedresponse", Ending::broken},
    {"unexpectedtoolcall", Ending::broken},
    {"toomanytoolcalls", Ending::broken},
    {"malformedmodeloutput", Ending::broken},  // Bedrock
    {"malformedtooluse", Ending::broken},
};

}  // namespace

Ending ending_of(std::string_view word) {
    std::string folded;
    for (const char c : word) {
        if (c >= 'A' && c <= 'Z') {
            folded += static_cast<char>(c + 32);
        } else if (c != '_' && c != '-' && c != ' ' && c != '.') {
            folded += c;
        }
    }
    for (const std::string_view front : {"finishreason", "stopreason"}) {
        if (folded.starts_with(front)) folded.erase(0, front.size());  // names of an enumeration
    }
    const auto* row = std::find_if(std::begin(rows), std::end(rows),
                                   [&folded](const Row& each) { return each.word == folded; });
    return row == std::end(rows) ? Ending::whole : row->ending;
}

}  // namespace nightshift::jobs
