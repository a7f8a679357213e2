// `nightshift help errors`.

#include "base/failure.hpp"
#include "cli/help/page.hpp"

namespace nightshift::cli {
namespace {

const char* meaning_of(Kind kind) {
    switch (kind) {
        case Kind::rate_limited:
            return "the gateway wants fewer requests: the lane slows down, no attempt is used up";
        case Kind::overloaded:
            return "the gateway or its upstream is full: tried again with longer pauses";
        case Kind::server_error:
            return "the gateway failed: tried again";
        case Kind::network:
            return "no whole reply arrived: tried again where that cannot pay twice";
        case Kind::timeout:
            return "no reply in time: tried again where that cannot pay twice";
        case Kind::bad_reply:
            return "the reply could not be understood: retried";
        case Kind::invalid_request:
            return "the gateway rejected the request: fix the line";
        case Kind::content_rejected:
            return "the content was refused: change the prompt";
        case Kind::no_output:
            return "an answer without a result, twice";
        case Kind::truncated:
            return "the token limit was used up before any answer: raise max_tokens";
        case Kind::invalid_output:
            return "the answer does not fit what the line expects, twice";
        case Kind::model_unavailable:
            return "the gateway has no channel, no access or no credit for this model: its tasks "
                   "fail, others go on";
        case Kind::credentials:
            return "the key was refused: the run stops (exit 4), nothing is marked failed";
        case Kind::quota:
            return "the money is used up: the run stops (exit 6), nothing is marked failed";
        case Kind::misconfigured:
            return "the base URL leads elsewhere, TLS cannot be trusted, or the endpoint is not "
                   "served here: the run stops (exit 5), after the tasks of other endpoints";
        case Kind::ambiguous_submit:
            return "the request may have been executed and --resend does not allow another: held";
        case Kind::task_failed:
            return "the gateway says that the remote task failed";
        case Kind::task_cancelled:
            return "the gateway says that the remote task was cancelled";
        case Kind::task_lost:
            return "the gateway no longer knows the remote task";
        case Kind::task_deadline:
            return "the remote task was not done within --deadline";
        case Kind::result_expired:
            return "the link to the result died before it was fetched; retry asks for a fresh one";
        case Kind::unsafe_url:
            return "the result link points to an address nightshift will not fetch";
        case Kind::bad_media:
            return "the download is not valid media; retry downloads a video again before ordering "
                   "a new one, images and audio are ordered again";
        case Kind::local_io:
            return "this machine's disk failed: the run stops (exit 7)";
    }
    return "";
}

}  // namespace

Page errors_page() {
    Page page{.name = "errors",
              .summary = "the kinds of failure (error.kind in the ledger)",
              .paragraphs = {"`nightshift retry DIR --kind KIND` queues the tasks of one kind "
                             "again."},
              .tables = {}};
    PageTable table;
    for (int i = 0; i <= static_cast<int>(Kind::local_io); ++i) {
        const auto kind = static_cast<Kind>(i);
        const auto* mark = is_retryable(kind) ? "" : "; retrying unchanged will fail again";
        table.rows.push_back({std::string(name_of(kind)), std::string(meaning_of(kind)) + mark});
    }
    page.tables.push_back(std::move(table));
    return page;
}

}  // namespace nightshift::cli
