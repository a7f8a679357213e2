#include "sandbox/faults/reply_forms.hpp"

namespace nightshift::sandbox {

std::vector<std::string_view> forms_of(Endpoint endpoint) {
    switch (endpoint) {
        case Endpoint::messages:
            return {"converted",       "refusal",    "max_tokens",
                    "no_message_stop", "error_tail", "ping_first"};
        case Endpoint::chat_completions:
            return {"length",       "content_filter",  "null_content", "empty_choices",
                    "empty_stream", "error_in_stream", "ping_first",   "no_finish_reason"};
        case Endpoint::generate_content:
            return {"markdown", "inline_data", "bare_data_url",   "base64", "base64_wrapped",
                    "url",      "mixed",       "corrupt",         "safety", "no_image",
                    "blocked",  "max_tokens",  "no_finish_reason"};
        case Endpoint::image_generations:
            return {"url", "data_url", "corrupt", "empty", "fewer"};
        case Endpoint::videos:
        case Endpoint::video_generations:
            return {"task_id_only", "no_id", "new_api"};
        case Endpoint::audio_speech:
            return {"redirect", "json_url", "json_error", "empty"};
        case Endpoint::poll:
            return {"task_id_differs", "no_task_id", "no_url",    "data_null",
                    "minimal",         "simple",     "proxy_url", "url_in_fail_reason"};
        default:
            return {};
    }
}

}  // namespace nightshift::sandbox
