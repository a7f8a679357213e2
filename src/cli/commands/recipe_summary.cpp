#include "cli/commands/recipe_summary.hpp"

#include "base/bounds.hpp"
#include "base/text/counted.hpp"
#include "base/text/terminal_text.hpp"
#include "jobs/endpoints.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <cmath>

namespace nightshift::cli {
namespace {

using recipe::Dimension;
using recipe::Value;

double number_in(const Value& line, const char* name, double otherwise) {
    const Value* value = line.member(name);
    const auto number = value == nullptr ? std::nullopt : recipe::number_of(*value);
    return number.value_or(otherwise);
}

std::int64_t bytes_in(const Value& line, std::initializer_list<const char*> names) {
    std::int64_t bytes = 0;
    for (const char* name : names) {
        const Value* value = line.member(name);
        if (value != nullptr) bytes += static_cast<std::int64_t>(plain_of(*value).size());
    }
    return bytes;
}

// Roughly, of a line whose request is not known yet; what is put in later is not counted.
Estimate estimate_of_line(const Value& line, const std::string& group) {
    Estimate estimate;
    if (group == "text") {
        estimate.input_tokens = bytes_in(line, {"system", "prompt", "messages", "body"}) / 4;
        estimate.output_tokens_max = static_cast<std::int64_t>(number_in(line, "max_tokens", 0));
    } else if (group == "image") {
        estimate.images = static_cast<std::int64_t>(number_in(line, "n", 1));
    } else if (group == "video") {
        estimate.seconds = number_in(line, "duration", 5);
    } else {
        estimate.characters = bytes_in(line, {"input"});
    }
    return estimate;
}

void add(Estimate& sum, const Estimate& each) {
    sum.input_tokens += each.input_tokens;
    sum.output_tokens_max += each.output_tokens_max;
    sum.images += each.images;
    sum.seconds += each.seconds;
    sum.characters += each.characters;
}

// Elements that the schema of the list's task asks for at least.
std::int64_t least_elements(const recipe::LoadedRecipe& loaded, std::size_t each) {
    const auto& of = loaded.plan().each[each].of;
    const auto& part = of.parts[0];
    if (part.reference.kind != recipe::Reference::Kind::task) return 0;
    const auto& task = loaded.recipe().tasks[part.reference.index];
    const Value* schema = nullptr;
    for (const auto& field : task.around) {
        if (field.name == "expect") schema = field.value.member("json_schema");
    }
    const auto& path = part.placeholder->path;
    for (std::size_t i = 2; schema != nullptr && i < path.size(); ++i) {
        const Value* properties = schema->member("properties");
        schema = properties == nullptr ? nullptr : properties->member(path[i]);
    }
    return schema == nullptr ? 0 : static_cast<std::int64_t>(number_in(*schema, "minItems", 0));
}

// The share of a task's lines that are made in any case: 0 to 1.
double surely(const recipe::LoadedRecipe& loaded, std::size_t task, TaskSummary* summary) {
    const auto& plan = loaded.plan();
    const auto& spec = plan.tasks[task];
    double share = 1;
    std::string why;
    for (const auto dim : spec.order) {
        const auto& dimension = plan.dims[dim];
        if (dimension.kind == Dimension::Kind::slot) {
            share *= static_cast<double>(least_elements(loaded, dimension.index)) / dimension.size;
            why += fmt::format("{}{} (<={})", why.empty() ? "" : " x ", dimension.name,
                               dimension.size);
        } else if (dimension.kind == Dimension::Kind::sample) {
            const auto& want = loaded.recipe().tasks[dimension.index].want;
            if (want) share *= static_cast<double>(*want) / dimension.size;
            why += fmt::format("{}{}{}", why.empty() ? "" : " x ", want ? "candidates of " : "",
                               want ? dimension.name : std::to_string(dimension.size));
        }
    }
    for (const auto& condition : spec.conditions) {
        if (!condition.value.late) continue;
        share = 0;
        std::string name;
        for (const auto& part : condition.value.parts) {
            if (part.placeholder) name = part.placeholder->name();
        }
        why += (why.empty() ? "if " : ", if ") + name;
    }
    for (const auto& need : spec.needs) {
        if (need.kind == recipe::Need::Kind::task && surely(loaded, need.index, nullptr) == 0) {
            share = 0;
        }
    }
    if (summary != nullptr) summary->why = why;
    return share;
}

std::vector<std::string> waits_for(const recipe::LoadedRecipe& loaded, std::size_t task) {
    const auto& plan = loaded.plan();
    std::vector<std::string> names;
    const auto push = [&](std::size_t other) {
        const auto& name = loaded.recipe().tasks[other].name;
        if (std::find(names.begin(), names.end(), name) == names.end()) names.push_back(name);
    };
    for (const auto& need : plan.tasks[task].needs) {
        if (need.kind == recipe::Need::Kind::collect) {
            push(plan.tasks[task].collect[need.index].task);
        } else if (need.kind == recipe::Need::Kind::pick) {
            for (const auto other : plan.picks[need.index].tasks) push(other);
            for (const auto other : plan.picks[need.index].judges) push(other);
        } else {
            push(need.index);
        }
    }
    return names;
}

}  // namespace

std::int64_t RecipeSummary::at_most() const {
    std::int64_t sum = 0;
    for (const auto& task : tasks) sum += task.at_most;
    return sum;
}

std::int64_t RecipeSummary::at_least() const {
    std::int64_t sum = 0;
    for (const auto& task : tasks) sum += task.at_least;
    return sum;
}

std::optional<std::pair<double, double>> RecipeSummary::cost() const {
    std::pair<double, double> bounds{0, 0};
    for (const auto& task : tasks) {
        if (task.at_most == 0) continue;
        if (!task.cost) return std::nullopt;
        bounds.second += *task.cost;
        bounds.first +=
            *task.cost * static_cast<double>(task.at_least) / static_cast<double>(task.at_most);
    }
    return bounds;
}

void RecipeCounter::count(std::string_view line, const recipe::LineOrigin& origin) {
    if (origin.is_group) return;
    const auto value = recipe::parse_json(line);
    if (!value) return;
    if (counted_.size() <= origin.task) counted_.resize(origin.task + 1);
    auto& counted = counted_[origin.task];
    const Value* model = value->member("model");
    const Value* body = value->member("body");
    if (model == nullptr && body != nullptr) model = body->member("model");
    const std::string name = model == nullptr ? "" : model->text;
    auto& models = counted.models;
    if (std::find(models.begin(), models.end(), name) == models.end()) models.push_back(name);
    const auto& spec = endpoint_table().of_model(name);
    const auto estimate = estimate_of_line(*value, spec.makes_images(name) ? "image" : spec.group);
    add(counted.estimate, estimate);
    const bool unbounded = spec.group == "text" && estimate.output_tokens_max == 0;
    counted.unbounded += unbounded;
    const Price* price = price_of_(name);
    if (price == nullptr) counted.cost.reset();
    if (price == nullptr || !counted.cost) return;
    const double out =
        unbounded ? limits::output_tokens_assumed : static_cast<double>(estimate.output_tokens_max);
    *counted.cost += estimated_cost(*price, estimate, out);
}

RecipeSummary RecipeCounter::summary(const recipe::LoadedRecipe& loaded,
                                     const recipe::Expansion& expanded) {
    RecipeSummary summary;
    summary.file = loaded.recipe().file;
    summary.data = loaded.data_name();
    summary.rows = expanded.rows;
    summary.depth = loaded.plan().depth;
    counted_.resize(loaded.recipe().tasks.size());
    for (std::size_t i = 0; i < loaded.recipe().tasks.size(); ++i) {
        TaskSummary task;
        task.name = loaded.recipe().tasks[i].name;
        const auto& models = counted_[i].models;
        task.models = models.size() == 1 ? models[0] : fmt::format("{} models", models.size());
        task.at_most = expanded.lines[i];
        const double share = surely(loaded, i, &task);
        task.at_least = std::llround(std::floor(share * static_cast<double>(task.at_most) + 1e-6));
        task.after = waits_for(loaded, i);
        task.estimate = counted_[i].estimate;
        task.unbounded = counted_[i].unbounded;
        task.cost = counted_[i].cost;
        summary.tasks.push_back(std::move(task));
    }
    counted_.clear();
    return summary;
}

std::string text_of(const RecipeSummary& summary, const std::string& currency) {
    std::string text = term_safe(summary.file) + ": ";
    if (!summary.data.empty()) {
        text += fmt::format("{}, {} x ", term_safe(summary.data), counted(summary.rows, "row"));
    }
    text += fmt::format("{}, {} deep\n", counted(std::int64_t(summary.tasks.size()), "task"),
                        counted(summary.depth, "stage"));
    for (const auto& task : summary.tasks) {
        std::string number = grouped(task.at_most);
        if (task.at_least < task.at_most) number += " at most";
        if (!task.why.empty()) number += ": " + task.why;
        text += fmt::format("  {:<14} {:<26} {}", task.name, term_safe(task.models), number);
        const auto& e = task.estimate;
        if (e.input_tokens > 0) text += fmt::format("  ~{} tokens in", grouped(e.input_tokens));
        if (e.output_tokens_max > 0)
            text += fmt::format("  <={} out", grouped(e.output_tokens_max));
        if (e.images > 0) text += fmt::format("  {}", counted(e.images, "image"));
        if (e.seconds > 0) text += fmt::format("  {:.0f} s of video", e.seconds);
        if (e.characters > 0) text += fmt::format("  {} characters", grouped(e.characters));
        for (std::size_t i = 0; i < task.after.size(); ++i) {
            text += (i == 0 ? "  after " : ", ") + task.after[i];
        }
        text += '\n';
    }
    const bool exact = summary.at_least() == summary.at_most();
    text += exact ? counted(summary.at_most(), "task")
                  : fmt::format("at least {} and at most {} tasks", grouped(summary.at_least()),
                                grouped(summary.at_most()));
    const auto bounds = summary.cost();
    if (bounds && bounds->second > 0) {
        text += exact ? fmt::format("; cost ~{:.4g}", bounds->second)
                      : fmt::format("; cost {:.4g} to {:.4g}", bounds->first, bounds->second);
        if (!currency.empty()) text += ' ' + term_safe(currency, 16);
    }
    return text + '\n';
}

std::string json_of(const RecipeSummary& summary) {
    using Json = nlohmann::ordered_json;
    Json tasks = Json::array();
    for (const auto& task : summary.tasks) {
        tasks.push_back({{"task", task.name},
                         {"models", task.models},
                         {"at_least", task.at_least},
                         {"at_most", task.at_most},
                         {"after", task.after},
                         {"input_tokens", task.estimate.input_tokens},
                         {"output_tokens_max", task.estimate.output_tokens_max},
                         {"images", task.estimate.images},
                         {"seconds", task.estimate.seconds},
                         {"characters", task.estimate.characters},
                         {"cost", task.cost ? Json(*task.cost) : Json()}});
    }
    const auto bounds = summary.cost();
    const Json json = {{"type", "recipe"},
                       {"schema", 1},
                       {"file", summary.file},
                       {"data", summary.data},
                       {"rows", summary.rows},
                       {"depth", summary.depth},
                       {"at_least", summary.at_least()},
                       {"at_most", summary.at_most()},
                       {"cost_least", bounds ? Json(bounds->first) : Json()},
                       {"cost_most", bounds ? Json(bounds->second) : Json()},
                       {"tasks", std::move(tasks)}};
    return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace nightshift::cli
