// An attempt that plays a script: replies from a deque, requests recorded, waiting added up on a
// virtual clock, notes in a map, files in memory. No network, no disk, no time.

#pragma once

#include "jobs/protocol/job.hpp"

#include <deque>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace nightshift::test {

class ScriptedAttempt : public Attempt {
public:
    explicit ScriptedAttempt(Group group = Group::text) : group_(group) {}

    std::deque<http::Reply> replies;  // to posts and gets alike; then the line goes dead
    std::deque<std::optional<Failure>> downloads;  // nullopt: it works; then all work
    std::vector<std::string> sent;                 // "POST <path>", "GET <path>", "FETCH <url>"
    std::vector<Artifact> saved;
    std::vector<std::string> lifted;  // bytes of the images that marks stand for
    std::map<std::string, std::string> notes;
    double slept_s = 0;
    int done = 0;  // how often the remote task was found done
    double deadline_s = 3600;
    std::string path;  // of the task, set by play()
    std::string download_extension = "mp4";
    bool first_contact = false;

    Async<http::Reply> post(bool take_redirect) override;
    Async<http::Reply> get(std::string where) override;
    Async<void> wait_for_next_poll(bool troubled) override;
    void note_done() override { ++done; }
    Async<void> aside(const std::function<void()>& work) override;
    std::optional<std::string> recall(std::string_view key) const override;
    Async<void> remember(std::string key, std::string value) override;
    void forget_when_failed(std::string_view key) override;
    Async<Output> download(Download what) override;
    Async<Output> save(Artifact what) override;
    Instant now() const override;
    Duration poll_interval() const override { return std::chrono::seconds(15); }

private:
    http::Reply next_reply();
    Group group_;
};

Task task_for(std::string_view endpoint, std::string model, std::string body = "{}");
Failure failure_of(Kind kind);

// Runs the job to its end: the outcome, or the Failed it ended with.
Outcome play(const Job& job, const Task& task, ScriptedAttempt& attempt);
// The same where a failure is expected; fails the test when there is none.
Failure play_failure(const Job& job, const Task& task, ScriptedAttempt& attempt);

http::Reply ok(std::string body, std::string content_type = "application/json");
http::Reply replied(int status, std::string body, http::Headers headers = {});
http::Reply dead(http::Trouble trouble, bool sent);

// A whole image or sound of its kind, and the extension that its bytes deserve ("" for none).
std::string png_bytes();
std::string png_base64();
std::string wav_bytes();
std::string extension_of_bytes(std::string_view bytes);

}  // namespace nightshift::test
