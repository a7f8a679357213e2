// `nightshift help manifest`, from the schemas that the manifest is checked by.

#include "cli/help/manifest_schema.hpp"
#include "cli/help/page.hpp"
#include "jobs/job_table.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace nightshift::cli {
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

}  // namespace nightshift::cli
