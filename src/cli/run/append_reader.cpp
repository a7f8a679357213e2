#include "cli/run/append_reader.hpp"

#include "base/bounds.hpp"
#include "base/clock.hpp"
#include "base/failure.hpp"
#include "base/input_file.hpp"
#include "cli/load/load_report.hpp"
#include "cli/load/recipe_reader.hpp"
#include "jobs/endpoints.hpp"
#include "manifest/intake.hpp"

#include <memory>
#include <utility>

namespace nightshift::cli {
namespace {

// Tasks on their way to the queue. Owned by the step that takes them there, which may outlive the
// reader.
struct Slice {
    std::vector<std::pair<ManifestTask, std::string>> tasks;
    std::vector<Added> added;
    std::size_t bytes = 0;
};

// One reading of the whole order.
class Pass {
public:
    enum class Kind { look, load };

    Pass(const AppendOrder& order, SliceBridge& bridge, Kind kind, Appended& result)
        : order_(order),
          bridge_(bridge),
          kind_(kind),
          result_(result),
          meeting_(order.settings.on_change, [this](const Problem& problem) { tell(problem); }) {}

    void read() {
        IntakeHooks hooks;
        hooks.add = [this](ManifestTask&& task, const std::string& manifest) {
            take(std::move(task), name_of_file(manifest));
        };
        hooks.problem = [this](Problem&& problem) {
            problem.file = name_of_file(problem.file);
            meeting_.report(problem);
        };
        take_recipes(hooks, {});
        Intake intake(endpoint_table(), line_options(order_.settings, order_.loopback_media),
                      std::move(hooks));
        for (const auto& manifest : order_.manifests) intake.read(manifest);
        hand_over();
    }

    const Meeting& meeting() const { return meeting_; }
    // What is told only counts from here on.
    void be_quiet() { quiet_ = true; }

private:
    std::string name_of_file(const std::string& path) const {
        return path == order_.spooled ? "-" : path;
    }

    void tell(const Problem& problem) {
        if (quiet_ || result_.told.size() >= limits::control_problems) return;
        auto text = problem.text() + (problem.warning ? " (warning)" : "");
        told_bytes_ += text.size();
        if (told_bytes_ <= limits::control_problems_bytes) result_.told.push_back(std::move(text));
    }

    void take(ManifestTask&& task, std::string manifest) {
        const bool unpriced = order_.needs_prices && price_of(order_.prices, task.model) == nullptr;
        if (unpriced) result_.unpriced.insert(task.model);
        slice_->bytes += task.body.size() + task.envelope.size();
        slice_->tasks.emplace_back(std::move(task), std::move(manifest));
        if (slice_->tasks.size() >= limits::append_slice_tasks ||
            slice_->bytes >= limits::append_slice_bytes) {
            hand_over();
        }
    }

    void hand_over() {
        const auto slice = std::exchange(slice_, std::make_shared<Slice>());
        if (slice->tasks.empty()) return;
        const auto on_change = order_.settings.on_change;
        bridge_.run([slice, on_change, kind = kind_](Store& store) {
            if (kind == Kind::load) store.begin_load(unix_ms());
            for (const auto& [task, manifest] : slice->tasks) {
                const auto row = new_task_of(task, manifest);
                slice->added.push_back(kind == Kind::load ? store.add(row, on_change)
                                                          : store.would_add(row));
            }
            Selection loaded;
            loaded.of_last_load = true;
            if (kind == Kind::load) store.also_select(loaded);
        });
        for (std::size_t i = 0; i < slice->tasks.size(); ++i) {
            meeting_.meet(slice->added[i], slice->tasks[i].first, slice->tasks[i].second);
        }
    }

    const AppendOrder& order_;
    SliceBridge& bridge_;
    Kind kind_;
    Appended& result_;
    Meeting meeting_;
    std::shared_ptr<Slice> slice_ = std::make_shared<Slice>();
    std::size_t told_bytes_ = 0;
    bool quiet_ = false;
};

}  // namespace

Appended append_load(const AppendOrder& order, SliceBridge& bridge) {
    // The streams of this process are not those of the one that asks.
    for (const auto& manifest : order.manifests) {
        if (is_handed_over(manifest)) throw UsageError("append: " + manifest + " is not a file");
    }
    Appended result;
    Pass look(order, bridge, Pass::Kind::look, result);
    look.read();
    result.problems = look.meeting().problems();
    result.refused =
        !result.unpriced.empty() || (result.problems > 0 && !order.settings.skip_invalid);
    if (result.refused) return result;
    Pass load(order, bridge, Pass::Kind::load, result);
    load.be_quiet();  // it is the same again
    try {
        load.read();
    } catch (const UsageError& error) {
        result.broken_off = error.what();
    }
    result.loaded = load.meeting().loaded();
    result.loaded.bad_lines = load.meeting().problems();
    return result;
}

}  // namespace nightshift::cli
