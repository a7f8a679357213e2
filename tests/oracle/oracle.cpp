#include "tests/oracle/oracle.hpp"

#include "base/digest.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <set>

namespace nightshift::test {
namespace {

using Json = nlohmann::json;

// What the books say of one task.
struct Bill {
    int accepted = 0, billed = 0;
    std::set<std::string> remote_ids;
};

// One line of the ledger that is a JSON object.
struct Entry {
    std::string text;
    Json json;
};

class Judge {
public:
    explicit Judge(const Remains& remains) : remains_(remains) {
        for (const auto& task : remains.tasks) tasks_[task.row.id] = &task;
        read_ledger();
        read_books();
    }

    std::vector<std::string> judge() {
        for (const auto& task : remains_.tasks) {
            judge_lines(task);
            judge_bill(task);
            judge_remote_ids(task);
        }
        judge_files();
        for (const auto& file : remains_.key_found) say("I5 the key occurs in " + file);
        if (remains_.integrity != "ok") say("I6 integrity_check: " + remains_.integrity);
        if (!remains_.retried) {
            for (auto& each : retry_violations(remains_.tasks)) say(std::move(each));
        }
        return std::move(found_);
    }

private:
    void say(std::string violation) { found_.push_back(std::move(violation)); }

    void read_ledger() {
        std::string_view rest = remains_.ledger;
        for (int number = 1; !rest.empty(); ++number) {
            const auto end = rest.find('\n');
            if (end == std::string_view::npos) {
                if (remains_.ended) say("I6 the ledger does not end with a line feed");
                return;
            }
            take_line(number, std::string(rest.substr(0, end)));
            rest.remove_prefix(end + 1);
        }
    }

    void take_line(int number, std::string text) {
        auto json = Json::parse(text, nullptr, false);
        if (!json.is_object() || !json.contains("id") || !json["id"].is_string()) {
            return say(fmt::format("I6 ledger line {} is no JSON object with an id: {}", number,
                                   text.substr(0, 80)));
        }
        const std::string id = json["id"];
        if (tasks_.count(id) == 0) {
            return say(fmt::format("I1 ledger line {} is of {}, no task of the queue", number, id));
        }
        lines_[id].push_back({std::move(text), std::move(json)});
    }

    void read_books() {
        std::map<std::string, std::string> id_of;
        for (const auto& task : remains_.tasks) id_of[sha256_hex(task.row.body)] = task.row.id;
        for (const auto& entry : remains_.books) {
            const auto owner = id_of.find(entry.body_sha256);
            if (owner == id_of.end()) {
                say("I2 the gateway took a body that no task has: SHA-256 " + entry.body_sha256);
                continue;
            }
            auto& bill = bills_[owner->second];
            ++bill.accepted;
            if (entry.billed) ++bill.billed;
            if (!entry.remote_id.empty()) bill.remote_ids.insert(entry.remote_id);
        }
    }

    void judge_lines(const TaskView& task) {
        const auto& id = task.row.id;
        const auto& lines = lines_[id];
        const bool over = is_terminal(task.row.state);
        if (!over && remains_.ended) {
            say(fmt::format("I1 {} is {} at the end of the run", id, name_of(task.row.state)));
        }
        if (!over && !lines.empty() && !remains_.retried) {
            say(fmt::format("I1 {} is {} and has a ledger line", id, name_of(task.row.state)));
        }
        if (over && lines.empty() && remains_.ended) say("I1 " + id + " has no ledger line");
        if (lines.size() > 1 && !remains_.retried) {
            say(fmt::format("I1 {} has {} ledger lines", id, lines.size()));
        }
        for (std::size_t i = 1; i < lines.size(); ++i) {
            if (lines[i].text == lines[i - 1].text) say("I1 " + id + " has a ledger line twice");
        }
        if (!over) return;
        if (!task.ledger_line) return say("I1 " + id + " ended without a ledger line in the queue");
        if (!lines.empty()) judge_last(task, lines.back());
    }

    // The last line says what the queue says. In mid-run an earlier one may still be the last.
    void judge_last(const TaskView& task, const Entry& last) {
        const auto& row = task.row;
        if (last.text != *task.ledger_line) {
            if (!remains_.ended && remains_.retried) return;
            return say("I1 the ledger line of " + row.id + " is not the queue's");
        }
        if (last.json.value("state", "") != name_of(row.state) ||
            last.json.value("attempts", -1) != row.attempts ||
            last.json.value("maybe_billed", -1) != row.maybe_billed) {
            say(
                fmt::format("I1 the ledger line of {} tells another state, attempts or "
                            "maybe_billed than its row ({}, {}, {})",
                            row.id, name_of(row.state), row.attempts, row.maybe_billed));
        }
    }

    void judge_bill(const TaskView& task) {
        const auto& row = task.row;
        const auto& bill = bills_[row.id];
        const bool running = row.state == State::running;
        const auto flagged = row.maybe_billed + (running ? 1 : 0);  // its outcome is not written
        std::int64_t known = 0, good = 0;
        for (const auto& attempt : task.attempts) {
            if (attempt.maybe_billed || attempt.http_status / 100 != 2) continue;
            ++(attempt.verdict == "ok" ? good : known);
        }
        // Asked again by the user after a success: paid knowingly.
        if (remains_.retried && good > 1) known += good - 1;
        if (bill.billed - 1 > flagged + known) {
            say(
                fmt::format("I2 {} was billed {} times with maybe_billed {} and {} known replies "
                            "that did not succeed",
                            row.id, bill.billed, row.maybe_billed, known));
        }
        if (bill.accepted > (is_terminal(row.state) ? row.attempts : row.tries)) {
            say(fmt::format("I2 {}: the gateway took {} POSTs, the queue knows of {}", row.id,
                            bill.accepted, row.attempts));
        }
        if (row.state == State::succeeded && bill.billed == 0) {
            say("I2 " + row.id + " succeeded and was never billed");
        }
        if (row.state == State::held && row.maybe_billed == 0) {
            say("I2 " + row.id + " is held without maybe_billed");
        }
        if (remote_id_of(row).empty() || remains_.retried) return;
        if (bill.billed < 1 || bill.billed > 1 + flagged) {
            say(
                fmt::format("I2 {} has the remote id {} and was billed {} times with "
                            "maybe_billed {}",
                            row.id, remote_id_of(row), bill.billed, row.maybe_billed));
        }
    }

    static std::string remote_id_of(const Row& row) {
        const auto note = row.notes.find("remote_id");
        return note == row.notes.end() ? "" : note->second;
    }

    void judge_remote_ids(const TaskView& task) {
        const auto& row = task.row;
        auto strangers = bills_[row.id].remote_ids;
        strangers.erase(remote_id_of(row));
        for (const auto& line : lines_[row.id]) {
            if (line.json.contains("remote_id") && line.json["remote_id"].is_string()) {
                strangers.erase(line.json["remote_id"].get<std::string>());
            }
        }
        const bool flagged = row.maybe_billed > 0 || row.state == State::held ||
                             row.state == State::running;  // taken up or held by the next start
        if (strangers.empty() || flagged) return;
        say(fmt::format("I4 the remote id {} of {} is in the books only", *strangers.begin(),
                        row.id));
    }

    // Everything that a line names is there as it says; at the end there is nothing else.
    void judge_files() {
        std::map<std::string, const FoundFile*> files;
        for (const auto& file : remains_.outputs) files[file.path] = &file;
        std::map<std::string, std::string> owners;
        for (const auto& task : remains_.tasks) {
            auto texts = lines_[task.row.id];
            if (texts.empty() && task.ledger_line) {
                texts.push_back({"", Json::parse(*task.ledger_line, nullptr, false)});
            }
            for (const auto& line : texts) {
                for (const auto& output : line.json.value("outputs", Json::array())) {
                    judge_file(task.row.id, output, files, owners);
                }
            }
        }
        if (!remains_.ended) return;
        for (const auto& [path, file] : files) {
            if (owners.count(path) == 0) say("I3 no ledger line names " + path);
        }
    }

    void judge_file(const std::string& id, const Json& output,
                    const std::map<std::string, const FoundFile*>& files,
                    std::map<std::string, std::string>& owners) {
        const std::string path = output.value("path", "");
        const auto owner = owners.emplace(path, id).first->second;
        if (owner != id) say(fmt::format("I3 {} is named by {} and by {}", path, owner, id));
        const auto file = files.find(path);
        if (file == files.end()) return say(fmt::format("I3 {} of {} is missing", path, id));
        const auto bytes = output.value("bytes", std::uint64_t{0});
        if (file->second->bytes != bytes) {
            say(fmt::format("I3 {} of {} has {} bytes, not {}", path, id, file->second->bytes,
                            bytes));
        } else if (file->second->sha256 != output.value("sha256", "")) {
            say(fmt::format("I3 {} of {} has other bytes than its SHA-256 says", path, id));
        }
    }

    const Remains& remains_;
    std::map<std::string, const TaskView*> tasks_;
    std::map<std::string, std::vector<Entry>> lines_;
    std::map<std::string, Bill> bills_;
    std::vector<std::string> found_;
};

}  // namespace

std::vector<std::string> violations(const Remains& remains) {
    return Judge(remains).judge();
}

}  // namespace nightshift::test
