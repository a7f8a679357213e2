#include "tests/crash/site.hpp"

#include "files/media/media.hpp"
#include "tests/crash/workload.hpp"
#include "tests/oracle/oracle.hpp"

#include <fmt/format.h>

#include <fstream>
#include <map>
#include <set>

namespace nightshift::test {
namespace {

namespace fs = std::filesystem;

constexpr double gateway_speed = 100;
const std::string canary_key = "sk-sandbox-CANARY0123456789abcdef";

// The files that no row names yet must be whole all the same: they bear their final names.
void judge_unnamed(const fs::path& run_dir, const Remains& remains, Findings& findings) {
    std::set<std::string> named;
    for (const auto& task : remains.tasks) {
        if (!task.ledger_line) continue;
        for (const auto& file : remains.outputs) {
            if (task.ledger_line->find('"' + file.path + '"') != std::string::npos) {
                named.insert(file.path);
            }
        }
    }
    for (const auto& file : remains.outputs) {
        if (named.count(file.path) > 0) continue;
        const auto on_disk = posix_disk().open(run_dir / file.path, OpenFor::reading);
        if (!facts_of_file(*on_disk).complete) {
            findings.add("I3 " + file.path + " bears its final name and is not whole");
        }
    }
}

}  // namespace

void Findings::add(std::string text) {
    const auto kind = text.substr(0, 2);
    ++(kind == "I2" ? unflagged : kind == "I1" || kind == "I3" || kind == "I4" ? lost : other);
    texts.push_back(std::move(text));
}

Site::Site(const fs::path& folder, const SitePlan& plan) : folder_(folder), tasks_(plan.tasks) {
    fs::create_directories(folder_);
    std::ofstream(folder_ / "m.jsonl") << mixed_manifest(plan.tasks, plan.seed);
    gateway_ = std::make_unique<Gateway>(
        folder_ / "gateway", plan.faults ? bad_gateway() : quick_gateway(), gateway_speed);
}

std::unique_ptr<Program> Site::start(const std::map<std::string, std::string>& more,
                                     std::vector<std::string> wrapper) const {
    auto environment = more;
    environment["NIGHTSHIFT_BASE_URL"] = gateway_->base_url();
    environment["NIGHTSHIFT_API_KEY"] = canary_key;
    return std::make_unique<Program>(
        folder_,
        std::vector<std::string>{"run", "m.jsonl", "-o", run_dir(), "--poll-interval", "0.03",
                                 "--retry-base", "0.01", "--progress", "none"},
        environment, std::move(wrapper));
}

void Site::judge(bool ended, Findings& findings) const {
    if (!fs::exists(run_dir())) return;  // killed before anything was made
    auto remains = remains_of(run_dir(), gateway_->books(), canary_key);
    remains.ended = ended;
    for (auto& text : violations(remains)) findings.add(std::move(text));
    judge_unnamed(run_dir(), remains, findings);
    if (ended && static_cast<int>(remains.tasks.size()) != tasks_) {
        findings.add(fmt::format("I1 the queue has {} of {} tasks", remains.tasks.size(), tasks_));
    }
}

void Site::judge_end(int exit_code, const std::string& said, Findings& findings) const {
    const bool finished = exit_code == 0 || exit_code == 3;
    if (!finished) {
        findings.add(fmt::format("the run ended with exit code {}: {}", exit_code, said));
    }
    judge(finished, findings);
}

void Site::finish(Findings& findings) const {
    const auto ended = start()->wait();
    judge_end(ended.exit_code, ended.err, findings);
    const auto books = gateway_->books();
    const auto ledger = read_file(run_dir() / "ledger.jsonl");
    const auto again = start()->wait();
    if (again.exit_code != ended.exit_code) {
        findings.add(fmt::format("a run with nothing to do ended with exit code {} after {}: {}",
                                 again.exit_code, ended.exit_code, again.err));
    }
    if (gateway_->books() != books) findings.add("I2 a run with nothing to do sent a POST");
    if (read_file(run_dir() / "ledger.jsonl") != ledger) {
        findings.add("I1 a run with nothing to do changed the ledger");
    }
    const auto verified = run(folder_, {"verify", run_dir()});
    if (verified.exit_code != 0) {
        findings.add("verify disagrees: " + verified.out + verified.err);
    }
}

int Site::held() const {
    int count = 0;
    for (const auto& task : remains_of(run_dir(), "", "").tasks) {
        if (task.row.state == State::held) ++count;
    }
    return count;
}

int Site::resent() const {
    std::set<std::string> seen;
    int count = 0;
    for (const auto& entry : books_of(gateway_->books())) {
        if (!seen.insert(entry.body_sha256).second) ++count;
    }
    return count;
}

}  // namespace nightshift::test
