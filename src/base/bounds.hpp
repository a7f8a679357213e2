// Every bound of the program in one place: name_unit, default, why. Users may raise those that
// have a flag; the others protect the process from its input.

#pragma once

#include <cstddef>
#include <cstdint>

namespace nightshift::limits {

// Input. A line of a manifest may carry an inline image, so megabytes are normal.
inline constexpr std::size_t manifest_line_bytes = 64u << 20;
inline constexpr int json_depth = 64;           // no endpoint nests deeper than about ten
inline constexpr std::size_t json_keys = 4096;  // of one object
inline constexpr std::size_t id_bytes = 4096;   // file names are cut elsewhere

// Recipes and their data.
inline constexpr std::size_t recipe_bytes = 16u << 20;
inline constexpr std::size_t recipe_template_bytes = 1u << 20;
inline constexpr std::size_t recipe_path_segments = 16;  // of a placeholder
inline constexpr std::size_t recipe_filters = 8;         // the same
inline constexpr std::size_t recipe_needs = 1000;        // tasks that one alias stands for
inline constexpr std::int64_t recipe_slots = 1000;       // `most` of an [each]
inline constexpr std::int64_t recipe_samples = 100'000;
inline constexpr std::size_t table_record_bytes = 64u << 20;
inline constexpr std::size_t table_columns = 4096;
inline constexpr std::size_t user_file_bytes = 32u << 20;  // of `files`, read when it is sent

// Replies, decoded.
inline constexpr std::size_t error_body_bytes = 64u << 10;  // kept of a refusal
inline constexpr std::size_t json_reply_bytes = 64u << 20;
inline constexpr std::size_t image_reply_bytes = 160u << 20;  // several 4K images as base64
inline constexpr std::size_t speech_reply_bytes = 256u << 20;
inline constexpr std::uint64_t video_bytes = 8ull << 30;
inline constexpr std::size_t message_bytes = 500;  // of a gateway message in a failure

inline constexpr std::uint64_t reserve_bytes = 32u << 20;  // for paid replies on a full disk

// Work.
inline constexpr int concurrency = 64;   // requests in flight, all lanes (-j)
inline constexpr int window_first = 16;  // requests in flight before a lane has answered
inline constexpr int window_most = 100'000;
inline constexpr int remote_tasks = 20;       // accepted videos per lane
inline constexpr int attempts_max = 5;        // --max-attempts
inline constexpr int download_tries = 5;      // with Range; one fresh link besides
inline constexpr int model_tries = 3;         // before a model is unavailable for this run
inline constexpr int empty_result_polls = 5;  // completed without a usable link
inline constexpr int outputs_max = 16;  // of one reply: lifted, or with what is kept beside parts
inline constexpr std::size_t images_max = 64;  // taken from one text or list; more is nonsense
inline constexpr std::size_t links_max = 256;  // looked at in one text
inline constexpr int reads_max = 3;            // of one reply that ended the program each time
inline constexpr int failures_alike = 25;      // for one reason in a row: the lane is paused
inline constexpr int breaker_rows = 10;        // in trouble one after the other: the lane waits
inline constexpr double reserved_below = 0.9;  // of the tokens by usage, and yet refused
inline constexpr int lost_sightings = 3;       // of task_not_exist before a task is lost

inline constexpr std::size_t claimed_bytes = 16u << 20;    // bodies a lane holds ahead, in memory
inline constexpr std::size_t reply_bytes_max = 64u << 20;  // read and not ended; then no new POST
inline constexpr std::size_t reply_memory_bytes = 64u << 10;  // of one that arrives; then a file
inline constexpr std::size_t lifted_digits_min = 4096;  // of base64 in it, to be an image's file
inline constexpr std::size_t replies_read_bytes = 24u << 20;  // of those in files, in memory
inline constexpr int file_threads = 4;                        // that hash, write and sync outputs
inline constexpr std::size_t log_file_bytes = 64u << 20;      // of the run's log; five are kept
inline constexpr std::size_t log_files = 5;
inline constexpr std::size_t log_backlog_bytes = 4u << 20;  // lines that a slow disk has not taken

// Space that the disk of a run directory must have left for another POST to leave: the smaller of
// the two. What is in flight then must still find room.
inline constexpr std::uint64_t disk_left_bytes = 1ull << 30;
inline constexpr double disk_left_share = 0.02;  // of the file system

// Of the requests in flight, while something paid is to be had: one in so many is kept for polls,
// one in so many for downloads, unless there are too few to share.
inline constexpr int poll_share = 8;
inline constexpr int download_share = 4;
inline constexpr int slots_shared_from = 4;

// Polls of videos, in poll intervals, so that a stand-in gateway of short videos is asked alike.
// What is done is noticed within poll_late_intervals (60 s at the default); twice that where the
// videos before it say that none ends so early.
inline constexpr double poll_late_intervals = 4;
inline constexpr double poll_quiet_intervals = 8;
inline constexpr int poll_scouts = 5;    // a lane's oldest, which look where nothing is known yet
inline constexpr int poll_failures = 8;  // in a row, of a lane, before its polls pause ...
inline constexpr double poll_pause_intervals = 8;  // ... for one interval and up to so many
inline constexpr int polls_at_once = 100;          // of videos that a run takes up; more are spread
// Estimates of cost. A line without a bound is taken to write what a page of prose has.
inline constexpr double output_tokens_assumed = 1000;
inline constexpr std::int64_t replies_known_min = 20;  // of a lane, before their mean counts
inline constexpr double output_margin = 1.5;           // of that mean: replies differ

// Of the control socket: orders are short, and few give them.
inline constexpr std::size_t control_line_bytes = 64u << 10;
inline constexpr int control_clients = 8;
inline constexpr std::size_t control_problems = 100;              // of a manifest, in an answer
inline constexpr std::size_t control_problems_bytes = 48u << 10;  // ... all together
inline constexpr std::size_t append_slice_tasks = 500;            // loaded in one transaction
inline constexpr std::size_t append_slice_bytes = 4u << 20;

// Seconds.
inline constexpr double control_idle_s = 5;     // a client says nothing for so long
inline constexpr double control_answer_s = 30;  // a command waits so long for its answer
inline constexpr double control_close_s = 2;    // the end waits so long for answers under way
inline constexpr double connect_timeout_s = 15;
inline constexpr double stream_idle_s = 330;  // the gateway gives up after 300
inline constexpr double submit_timeout_s = 60;
inline constexpr double poll_timeout_s = 30;
inline constexpr double poll_interval_s = 15;      // the gateway's own cycle (wire contract 8.1)
inline constexpr double poll_interval_max_s = 60;  // troubled polls back off so far
inline constexpr double poll_jitter = 0.1;         // either way, so that polls spread
inline constexpr double stall_s = 60;              // a download below stall_bytes_per_s
inline constexpr std::uint32_t stall_bytes_per_s = 1024;
inline constexpr double deadline_s = 25 * 3600;   // remote task; the gateway's own is 24 h
inline constexpr double deadline_grace_s = 3600;  // left of it after a restart
inline constexpr double retry_base_s = 1;
inline constexpr double retry_cap_s = 60;
inline constexpr double overload_cap_s = 120;   // 503, 529
inline constexpr double refused_pause_s = 0.3;  // of a task that the lane did not have to wait for
inline constexpr double breaker_first_s = 5;    // a lane that answers nothing but troubles
inline constexpr double breaker_longest_s = 60;
inline constexpr double retry_budget_look_s = 1;      // until enough retries are asked about again
inline constexpr double limits_saved_s = 30;          // how often learned limits are written down
inline constexpr double told_wait_max_s = 24 * 3600;  // that a gateway may ask for
inline constexpr double told_wait_step_s = 15 * 60;   // so long at once; then a probe asks again
inline constexpr double told_pause_s = 60;   // ... of headers that say that nothing is left
inline constexpr double unreachable_s = 60;  // never reached for so long: exit 5
inline constexpr double drain_s = 30;        // SIGINT waits so long for replies in flight
inline constexpr double full_disk_retry_s = 1;
inline constexpr double ledger_sync_s = 1;   // also how often the space left is looked at
inline constexpr double polls_saved_s = 60;  // what polls taught is kept so often
inline constexpr double log_drain_s = 2;     // the end waits so long for a slow disk's log

}  // namespace nightshift::limits
