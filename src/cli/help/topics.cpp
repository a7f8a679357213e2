// The help topics there are.
#include "cli/help/page.hpp"

#include "base/failure.hpp"
#include "cli/help/manifest_schema.hpp"
#include "cli/input/exit_code.hpp"
#include "jobs/job_table.hpp"
#include "storage/store.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <map>

namespace nightshift::cli {

std::vector<Page> all_pages(const OptionTree& tree) {
    return {exit_codes_page(), environment_page(tree), manifest_page(), states_page(),
            errors_page()};
}

// `nightshift help environment`.

namespace {

PageTable credentials() {
    return {"Key and base URL, always from one pair:",
            {{"NIGHTSHIFT_API_KEY", "the key; no flag takes it, --api-key-file names its file"},
             {"NIGHTSHIFT_BASE_URL", "the gateway it belongs to"},
             {"OPENAI_API_KEY, OPENAI_BASE_URL",
              "the pair that is used when nothing of the first is set and both of these are"}}};
}

PageTable surroundings() {
    return {"Also read:",
            {{"CURL_CA_BUNDLE, SSL_CERT_FILE", "a file of certificates to trust (PEM)"},
             {"SSL_CERT_DIR", "a folder of certificates to trust"},
             {"https_proxy, all_proxy", "the proxy to the gateway; HTTPS_PROXY, ALL_PROXY, too"},
             {"no_proxy", "hosts and domains that are reached without it; NO_PROXY, too"},
             {"NO_COLOR", "with --color auto: no colours"},
             {"TERM", "dumb: no moving screen"}}};
}

// One row for each variable; where commands mean different things by it, one text for each.
PageTable twins(const OptionTree& tree) {
    std::map<std::string, std::map<std::string, std::string>> uses;  // variable, text, commands
    for (const auto& command : tree.commands) {
        for (const auto& option : command.options) {
            if (option.environment.empty()) continue;
            const auto text = option.names.back() + ": " + option.help;
            auto& commands = uses[option.environment][text];
            commands += (commands.empty() ? "" : ", ") + command.name;
        }
    }
    PageTable table{"Twins of flags (the flag goes over its twin, both over nightshift.toml):", {}};
    for (const auto& [variable, texts] : uses) {
        std::string text;
        for (const auto& [words, commands] : texts) {
            text += (text.empty() ? "" : "; ") + fmt::format("{} ({})", words, commands);
        }
        table.rows.push_back({variable, text});
    }
    return table;
}

}  // namespace

Page environment_page(const OptionTree& tree) {
    return {.name = "environment",
            .summary = "the variables that are read",
            .paragraphs = {},
            .tables = {credentials(), twins(tree), surroundings()}};
}

// `nightshift help errors`.

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
                   "fail, others continue";
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

// `nightshift help exit-codes`.

Page exit_codes_page() {
    Page page{.name = "exit-codes",
              .summary = "what the number says that a command ends with",
              .paragraphs = {"A stop (4, 5, 6, 7, 130, 143) leaves unsent tasks pending and "
                             "submitted ones submitted: the same command resumes. Codes 0, 1 and 3 "
                             "speak of the tasks selected for the run. Where several apply, the "
                             "first of 9, 7, 8, 2, 4, 6, 5, 130, 143, 3, 1, 0 is taken."},
              .tables = {}};
    PageTable table;
    for (const auto& [code, meaning] : exit_code_table()) {
        table.rows.push_back({std::to_string(code), std::string(meaning)});
    }
    page.tables.push_back(std::move(table));
    return page;
}

// `nightshift help manifest`, from the schemas that the manifest is checked by.

namespace {

using Json = nlohmann::ordered_json;

// A property's description, or that of what it refers to: the whole of it only in `first`, the
// table that the reader meets first.
std::string words_about(const Json& property, const Json& definitions, bool first) {
    if (property.contains("description")) return property["description"];
    if (property.contains("$ref")) {
        const auto target = property["$ref"].get<std::string>();
        const auto& meant = definitions[target.substr(target.rfind('/') + 1)];
        const auto words = meant.value("description", "");
        return first ? words : words.substr(0, words.find_first_of(",;.")) + ", as above.";
    }
    if (property.contains("const")) return "always " + property["const"].dump();
    return "any " + property.value("type", "value");
}

PageTable table_of(const std::string& heading, const Json& schema, const Json& definitions,
                   bool first) {
    PageTable table{heading, {}};
    std::string required;
    for (const auto& name : schema.value("required", Json::array())) {
        required += name.get<std::string>() + ",";
    }
    const auto properties = schema.value("properties", Json::object());
    for (const auto& [name, property] : properties.items()) {
        const bool must = ("," + required).find("," + name + ",") != std::string::npos;
        table.rows.push_back(
            {name, (must ? "Required. " : "") + words_about(property, definitions, first)});
    }
    return table;
}

PageTable table_of_endpoint(const Json& schema) {
    std::string models;
    for (const auto& glob : schema["models"]) {
        models += (models.empty() ? "" : ", ") + glob.get<std::string>();
    }
    const auto heading = fmt::format(
        "Fields of a short line of {} (POST {}; models {}):", schema["endpoint"].get<std::string>(),
        schema["path"].get<std::string>(), models);
    return table_of(heading, schema["short"], Json::object(), false);
}

}  // namespace

Page manifest_page() {
    const auto schema = Json::parse(manifest_schema());
    const auto& definitions = schema["$defs"];
    Page page{.name = "manifest",
              .summary = "the lines that `run` and `check` take",
              .paragraphs = {schema["description"].get<std::string>()},
              .tables = {}};
    const std::pair<const char*, const char*> shapes[] = {
        {"short_line", "A short line:"},
        {"request_line", "A request line (OpenAI Batch):"},
        {"anthropic_line", "A line of an Anthropic batch:"},
        {"gemini_line", "A line of a Gemini batch:"},
        {"envelope", "Beside these, on any line:"}};
    for (const auto& [name, heading] : shapes) {
        const bool first = page.tables.empty();
        page.tables.push_back(table_of(heading, definitions[name], definitions, first));
    }
    for (const auto& entry : job_table()) {
        page.tables.push_back(table_of_endpoint(Json::parse(entry.schema)));
    }
    return page;
}

// `nightshift help states`.

namespace {

const char* meaning_of(State state) {
    switch (state) {
        case State::waiting:
            return "what it needs has not ended yet; it has `after`";
        case State::pending:
            return "waits to be sent, for the first time or again";
        case State::running:
            return "its request is under way; after a crash: its outcome is unknown";
        case State::submitted:
            return "the gateway has it as a remote task: it is polled and fetched, and never "
                   "ordered again by itself";
        case State::succeeded:
            return "done: its result is in the ledger and in outputs/";
        case State::failed:
            return "over for a reason that `help errors` lists; `nightshift retry DIR --failed` "
                   "queues it again";
        case State::held:
            return "needs your decision: it may already be paid, and sending it again could pay "
                   "twice; `nightshift retry DIR --held` sends it again, "
                   "`nightshift cancel DIR --held` gives it up";
        case State::cancelled:
            return "dropped by `nightshift cancel`, before it was sent or when it was held, or "
                   "because what it needs did not succeed";
        case State::skipped:
            return "not needed: its `when` does not hold, or the list has no such element; no line "
                   "in the ledger";
    }
    return "";
}

}  // namespace

Page states_page() {
    Page page{
        .name = "states",
        .summary = "where a task may be",
        .paragraphs = {"A task begins pending, or waiting when it needs others, and ends in one "
                       "of the last five, with one line in the ledger unless it was skipped. "
                       "Nothing that is paid is forgotten on the way: see "
                       "`nightshift show DIR ID`."},
        .tables = {}};
    PageTable table;
    for (const auto state : all_states) {
        table.rows.push_back({std::string(name_of(state)), meaning_of(state)});
    }
    page.tables.push_back(std::move(table));
    return page;
}

}  // namespace nightshift::cli
