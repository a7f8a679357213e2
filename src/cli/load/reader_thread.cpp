#include "cli/load/reader_thread.hpp"

#include "base/channel.hpp"

#include <exception>
#include <thread>
#include <utility>
#include <variant>

namespace nightshift::cli {
namespace {

constexpr std::size_t batch_items = 256;
constexpr std::size_t batch_bytes = 1u << 20;  // of bodies
constexpr std::size_t batches_max = 4;

struct Found {
    std::variant<ManifestTask, Problem> what;
    const std::string* manifest = nullptr;  // of a task
};

struct Abandoned {};  // the other side has thrown: nobody wants the rest

// The reading thread's side: what the intake finds, in batches.
class Finder {
public:
    Finder(Channel<Found>& channel, const IntakeHooks& asked) : channel_(channel), asked_(asked) {}

    void read(const EndpointTable& table, const LineOptions& options,
              const std::vector<std::string>& manifests) {
        IntakeHooks hooks;
        hooks.add_knows_ids = asked_.add_knows_ids;
        hooks.is_recipe = asked_.is_recipe;
        hooks.recipe = asked_.recipe;
        hooks.add = [this](ManifestTask&& task, const std::string&) {
            bytes_ += task.body.size();
            found_.push_back({std::move(task), manifest_});
            if (found_.size() >= batch_items || bytes_ >= batch_bytes) hand_over();
        };
        hooks.problem = [this](Problem&& problem) {
            found_.push_back({std::move(problem)});
            hand_over();
        };
        Intake intake(table, options, std::move(hooks));
        for (const auto& manifest : manifests) {
            manifest_ = &manifest;
            intake.read(manifest);
        }
        hand_over();
    }

    void hand_over() {
        bytes_ = 0;
        if (found_.empty()) return;
        if (!channel_.give(std::exchange(found_, {}))) throw Abandoned();
        found_.reserve(batch_items);
    }

private:
    Channel<Found>& channel_;
    const IntakeHooks& asked_;
    Channel<Found>::Batch found_;
    std::size_t bytes_ = 0;
    const std::string* manifest_ = nullptr;
};

class Reader {
public:
    Reader(const EndpointTable& table, const LineOptions& options,
           const std::vector<std::string>& manifests, const IntakeHooks& hooks)
        : thread_([this, &table, &options, &manifests, &hooks] {
              Finder finder(channel_, hooks);
              try {
                  finder.read(table, options, manifests);
              } catch (const Abandoned&) {
              } catch (...) {
                  error_ = std::current_exception();
                  hand_over_rest(finder);
              }
              channel_.end();
          }) {}
    ~Reader() {
        channel_.close();
        if (thread_.joinable()) thread_.join();
    }
    Reader(const Reader&) = delete;
    Reader& operator=(const Reader&) = delete;

    void pass_on(const IntakeHooks& hooks) {
        while (auto batch = channel_.take()) {
            for (auto& found : *batch) {
                if (auto* task = std::get_if<ManifestTask>(&found.what)) {
                    hooks.add(std::move(*task), *found.manifest);
                } else {
                    hooks.problem(std::move(std::get<Problem>(found.what)));
                }
            }
        }
        thread_.join();
        if (error_) std::rethrow_exception(error_);
    }

private:
    static void hand_over_rest(Finder& finder) {
        try {
            finder.hand_over();
        } catch (const Abandoned&) {
        }
    }

    Channel<Found> channel_{batches_max};
    std::exception_ptr error_;
    std::thread thread_;
};

}  // namespace

void read_ahead(const EndpointTable& table, const LineOptions& options,
                const std::vector<std::string>& manifests, const IntakeHooks& hooks) {
    Reader reader(table, options, manifests, hooks);
    reader.pass_on(hooks);
}

}  // namespace nightshift::cli
