// The world as a job sees it, with limits, clocks and durability. One for each claimed row.
//
// What is durable after each step, and what a crash right after it means:
//
//   intend               the POST may leave: its outcome is unknown, --resend decides
//   transport.send       the same
//   replies.keep         the reply's bytes: read on restart, nothing is asked again; an image
//                        that was lifted from it has been synced by then
//   remember(remote_id)  the row is submitted: the next start polls and never pays
//   save, download       the file, fsynced, under its final name: found again and adopted
//   end                  row, result and ledger line: the line is appended to the file on restart

#pragma once

#include "engine/pacing/lane_hold.hpp"
#include "engine/polling/lane_polls.hpp"
#include "engine/run/run_state.hpp"
#include "http/retry_after.hpp"
#include "jobs/protocol/job.hpp"
#include "ledger/ledger_envelope.hpp"
#include "replies/reply_receiver.hpp"

#include <exception>
#include <memory>
#include <optional>

namespace nightshift {

// The note of how often a reply that a crash left behind was begun to be read: "<try>:<count>".
inline constexpr std::string_view reads_key = "reads";

// The row was taken away before its POST left (cancelled): nothing happened.
class Withdrawn : public std::exception {};

class LiveAttempt : public Attempt {
public:
    // `polls` is the lane's and must outlive it.
    LiveAttempt(Shared& shared, const Job& job, LanePolls& polls, Row row, LaneHold hold,
                std::optional<http::Reply> recovered);

    Async<http::Reply> post(bool take_redirect) override;
    Async<http::Reply> get(std::string path) override;
    Async<void> wait_for_next_poll(bool troubled) override;
    void note_done() override;
    Async<void> aside(const std::function<void()>& work) override;
    std::optional<std::string> recall(std::string_view key) const override;
    Async<void> remember(std::string key, std::string value) override;
    void forget_when_failed(std::string_view key) override;
    Async<Output> download(Download what) override;
    Async<Output> save(Artifact what) override;
    Instant now() const override;
    Duration poll_interval() const override;

    // For the ending that fails the task.
    void forget_notes_in(Ending& ending) const;

    const Task& task() const { return task_; }
    const Row& row() const { return row_; }
    Row& row() { return row_; }
    const Job& job() const { return job_; }
    Group group() const { return group_; }
    // The POST of this attempt, as far as it is not written yet.
    bool has_record() const { return has_record_; }
    AttemptRecord& record() { return record_; }
    int last_status() const { return last_status_; }
    const std::string& last_request_id() const { return last_request_id_; }
    // The beginning of what the POST was answered, whole or not, for whoever wants to see why the
    // task ended as it did.
    std::string take_received() { return std::move(received_); }
    Instant sent_at() const { return sent_at_; }
    bool was_sent() const { return !has_record_ || record_.sent; }
    // Asked whether the lane works again.
    bool is_probe() const { return hold_.is_probe(); }
    // After a refusal for the rate: how long the task should wait.
    double refused_pause_s() const { return refused_pause_s_; }
    void used_tokens(double tokens) { hold_.used_tokens(tokens); }
    // The job is done with the reply to its POST, which may have been a refusal after all, told in
    // a stream: the lane's limits are learned from it.
    void reply_read(Failure* failure);
    bool is_paid() const { return fetching_ || row_.notes.count("remote_id") > 0; }
    // What its answer cost though it was not a good one.
    void note_cost(const Charge& charge) { known_cost_ = charge; }
    const std::optional<Charge>& known_cost() const { return known_cost_; }
    // What was answered though it is no result; empty when nothing was.
    void note_answer(Outcome answer) { answer_ = std::move(answer); }
    Outcome take_answer() { return std::move(answer_); }
    // The intent of a run that died: its record is written with the ending.
    void mark_interrupted();
    // The row's end is durable: what helped to take up its downloads again is not needed.
    void forget_downloads();

private:
    // The reply was read: what is in it is about to be written, and it is not what ends the
    // program.
    Async<void> forget_reads();
    bool may_repeat() const;
    http::Request request_for_post() const;
    Async<http::Reply> send(http::Request request);
    Async<http::Reply> exchange_post();
    Async<void> keep_reply(http::Reply& reply, ReplyArrival& arrival);
    Async<void> sync_lifted(http::Reply& reply, ReplyArrival& arrival);
    Async<std::string> with_lifted(std::string text);
    Async<void> sync_outputs();
    Async<void> read_spooled(http::Reply& reply, const ReplySpool::Body& body);
    Async<void> accept(std::string remote_id);
    void wait_for_video(bool taken_up);
    Instant deadline() const;
    void end_if_overdue() const;
    Async<void> sleep_before_poll(double intervals);
    Async<void> wait_for_lane(Instant due);
    void note_contact(const http::Reply& reply);
    void fill_record(const http::Reply& reply);
    void tell_refusal(const Failure& failure);
    void go_on_with_reply();
    [[noreturn]] void stop_run(const Failure& failure);

    Shared& shared_;
    const Job& job_;
    LanePolls& polls_;
    Row row_;
    Task task_;
    Group group_;  // of this task: Gemini makes text and images
    LaneHold hold_;
    ReplyBytes reply_bytes_;
    ReplyRoom::Place reply_place_;
    std::vector<std::string> forgotten_when_failed_;
    std::optional<http::Reply> recovered_;
    AttemptRecord record_;
    bool has_record_ = false;
    std::optional<Charge> known_cost_;
    Outcome answer_;
    bool fetching_ = false;  // a paid result is being downloaded
    std::string dead_link_;  // what the last try of it came to; a fresh one is waited for
    std::optional<LinkWaits::One> link_wait_;
    int last_status_ = 0;
    double refused_pause_s_ = 0;
    http::ToldWaits waits_;      // by the reply to the POST
    bool reply_unread_ = false;  // it looks good so far
    int polls_troubled_ = 0;
    int downloads_ = 0;                       // highest index of an output that was downloaded
    std::vector<std::string> lifted_sha256_;  // of each image, where this run lifted it
    std::string last_request_id_;
    std::string received_;
    Instant sent_at_ = {};
    // Of a remote task: how long it had been waited for when this run took it up, and since when.
    double waited_before_s_ = 0;
    Instant waits_since_;
    std::optional<RemoteWait> wait_;  // the same, as the lane's polls see it
    Slots::Paid paid_;
};

}  // namespace nightshift
