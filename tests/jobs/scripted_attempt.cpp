#include "tests/jobs/scripted_attempt.hpp"

#include "base/base64.hpp"
#include "jobs/protocol/verdict.hpp"

#include <doctest/doctest.h>

#include <boost/asio/co_spawn.hpp>

#include <exception>

namespace nightshift::test {
namespace {

bool is_whole_image(std::string_view bytes) {
    if (bytes.starts_with("\x89PNG")) return bytes.find("IEND") != std::string_view::npos;
    if (bytes.starts_with("\xFF\xD8\xFF")) return bytes.ends_with("\xFF\xD9");
    return false;
}

}  // namespace

http::Reply ScriptedAttempt::next_reply() {
    if (replies.empty()) return dead(http::Trouble::reset, true);
    auto reply = std::move(replies.front());
    replies.pop_front();
    return reply;
}

Async<http::Reply> ScriptedAttempt::post(bool take_redirect) {
    sent.push_back("POST " + path);
    auto reply = next_reply();
    const Asked asked{.group = group_,
                      .first_contact = first_contact,
                      .take_redirect = take_redirect,
                      .path = path};
    const auto failure = verdict_of_post(reply, asked);
    if (failure) throw Failed(*failure);
    co_return reply;
}

Async<http::Reply> ScriptedAttempt::get(std::string where) {
    sent.push_back("GET " + where);
    auto reply = next_reply();
    const Asked asked{
        .group = group_, .first_contact = first_contact, .take_redirect = false, .path = where};
    const auto failure = verdict_of_get(reply, asked);
    if (failure) throw Failed(*failure);
    co_return reply;
}

Async<void> ScriptedAttempt::wait_for_next_poll(bool) {
    slept_s += 15;
    if (slept_s > deadline_s) throw Failed(failure_of(Kind::task_deadline));
    co_return;
}

Async<void> ScriptedAttempt::aside(const std::function<void()>& work) {
    work();
    co_return;
}

std::optional<std::string> ScriptedAttempt::recall(std::string_view key) const {
    const auto found = notes.find(std::string(key));
    if (found == notes.end() || found->second.empty()) return std::nullopt;
    return found->second;
}

Async<void> ScriptedAttempt::remember(std::string key, std::string value) {
    sent.push_back("NOTE " + key);
    notes[key] = std::move(value);
    co_return;
}

void ScriptedAttempt::forget_when_failed(std::string_view key) {
    sent.push_back("FORGET " + std::string(key));
    notes.erase(std::string(key));
}

Async<Output> ScriptedAttempt::download(Download what) {
    sent.push_back("FETCH " + what.url);
    std::optional<Failure> failure;
    if (!downloads.empty()) {
        failure = downloads.front();
        downloads.pop_front();
    }
    if (failure) throw Failed(*failure);
    Output output;
    output.path = "outputs/task." + download_extension;
    output.bytes = 32;
    co_return output;
}

Async<Output> ScriptedAttempt::save(Artifact what) {
    if (what.lifted > 0) what.bytes = lifted.at(static_cast<std::size_t>(what.lifted) - 1);
    auto extension = extension_of_bytes(what.bytes);
    if (extension.empty() && what.media == Media::audio && what.asked_format == "pcm") {
        extension = "pcm";
    }
    const bool broken =
        extension.empty() || (what.media == Media::image && !is_whole_image(what.bytes));
    if (broken) throw Failed(failure_of(Kind::bad_media));
    Output output;
    output.path = "outputs/task" +
                  (what.index > 1 ? "." + std::to_string(what.index) : std::string()) + "." +
                  extension;
    output.bytes = what.bytes.size();
    saved.push_back(std::move(what));
    co_return output;
}

Instant ScriptedAttempt::now() const {
    return Instant(seconds(1000 + slept_s));
}

Task task_for(std::string_view endpoint, std::string model, std::string body) {
    Task task;
    task.id = "t1";
    task.endpoint = endpoint;
    task.model = std::move(model);
    task.body = std::move(body);
    if (endpoint == "messages") task.path = "/v1/messages";
    if (endpoint == "chat_completions") task.path = "/v1/chat/completions";
    if (endpoint == "generate_content") {
        task.path = "/v1beta/models/" + task.model + ":generateContent";
    }
    if (endpoint == "image_generations") task.path = "/v1/images/generations";
    if (endpoint == "videos") task.path = "/v1/videos";
    if (endpoint == "video_generations") task.path = "/v1/video/generations";
    if (endpoint == "audio_speech") task.path = "/v1/audio/speech";
    return task;
}

Failure failure_of(Kind kind) {
    Failure failure;
    failure.kind = kind;
    failure.message = "as scripted";
    return failure;
}

Outcome play(const Job& job, const Task& task, ScriptedAttempt& attempt) {
    attempt.path = task.path;
    boost::asio::io_context io;
    std::exception_ptr error;
    std::optional<Outcome> result;
    auto done = [&](std::exception_ptr thrown, Outcome outcome) {
        error = thrown;
        if (!thrown) result = std::move(outcome);
    };
    boost::asio::co_spawn(io.get_executor(), job.run(task, attempt), done);
    io.run();
    if (error) std::rethrow_exception(error);
    REQUIRE(result);
    return std::move(*result);
}

Failure play_failure(const Job& job, const Task& task, ScriptedAttempt& attempt) {
    try {
        play(job, task, attempt);
    } catch (const Failed& failed) {
        return failed.failure();
    }
    FAIL("the job succeeded");
    return {};
}

http::Reply ok(std::string body, std::string content_type) {
    return replied(200, std::move(body),
                   {{"content-type", std::move(content_type)},
                    {"x-oneapi-request-id", "2026052116412412345678"}});
}

http::Reply replied(int status, std::string body, http::Headers headers) {
    http::Reply reply;
    reply.status = status;
    reply.headers = std::move(headers);
    reply.body = std::move(body);
    reply.sent = true;
    return reply;
}

http::Reply dead(http::Trouble trouble, bool sent) {
    http::Reply reply;
    reply.trouble = trouble;
    reply.trouble_text = "as scripted";
    reply.sent = sent;
    return reply;
}

std::string png_base64() {
    return "iVBORw0KGgoAAAANSUhEUgAAAAQAAAAECAIAAAAmkwkpAAAAEElEQVR42mOQi7oDRwzEcQAc8hVBLVPWiA"
           "AAAABJRU5ErkJggg==";
}

std::string png_bytes() {
    return decode_base64(png_base64()).value();
}

std::string wav_bytes() {
    return std::string(
        "RIFF\x2C\0\0\0WAVEfmt \x10\0\0\0\1\0\1\0\xC0\x5D\0\0\x80\xBB\0\0\2\0\x10\0"
        "data\x08\0\0\0\0\0\1\0\2\0\3\0",
        52);
}

std::string extension_of_bytes(std::string_view bytes) {
    if (bytes.starts_with("\x89PNG")) return "png";
    if (bytes.starts_with("\xFF\xD8\xFF")) return "jpg";
    if (bytes.size() > 12 && bytes.starts_with("RIFF") && bytes.substr(8, 4) == "WAVE")
        return "wav";
    if (bytes.starts_with("ID3") || bytes.starts_with("\xFF\xFB")) return "mp3";
    if (bytes.starts_with("fLaC")) return "flac";
    if (bytes.starts_with("OggS")) return "ogg";
    if (bytes.size() > 8 && bytes.substr(4, 4) == "ftyp") return "mp4";
    return "";
}

}  // namespace nightshift::test
