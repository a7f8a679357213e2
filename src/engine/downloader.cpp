// Rules of wire contract section 9 and faults.md rows 60-70.

#include "engine/downloader.hpp"

#include "core/limits.hpp"
#include "core/term_safe.hpp"
#include "engine/artifacts.hpp"
#include "http/retry_after.hpp"
#include "output/part_tag.hpp"

#include <fmt/format.h>

#include <charconv>
#include <cmath>
#include <optional>

namespace nightshift {
namespace {

constexpr int redirects_max = 3;
constexpr std::size_t write_bytes = 256 * 1024;
// What libcurl hands over at once (CURL_MAX_WRITE_SIZE); less: more has not arrived yet.
constexpr std::size_t piece_bytes = 16 * 1024;

std::string_view header_in(const http::Headers& headers, std::string_view name) {
    for (const auto& [each, value] : headers) {
        if (each == name) return value;
    }
    return {};
}

std::optional<std::uint64_t> number(std::string_view text) {
    std::uint64_t value = 0;
    const auto [rest, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || rest != text.data() + text.size()) return std::nullopt;
    return value;
}

// "bytes 100-199/200"
struct ContentRange {
    std::uint64_t first = 0;
    std::optional<std::uint64_t> total;
};

std::optional<ContentRange> content_range(std::string_view text) {
    if (text.rfind("bytes ", 0) != 0) return std::nullopt;
    text.remove_prefix(6);
    const auto dash = text.find('-'), slash = text.find('/');
    if (dash == std::string_view::npos || slash == std::string_view::npos || slash < dash) {
        return std::nullopt;
    }
    const auto first = number(text.substr(0, dash));
    if (!first) return std::nullopt;
    return ContentRange{*first, number(text.substr(slash + 1))};
}

// What tells one version of a result from another: ETag and total length, as far as given.
std::string validator_of(const http::Headers& headers, std::optional<std::uint64_t> total) {
    return fmt::format("{}|{}", header_in(headers, "etag"), total ? std::to_string(*total) : "");
}

// Writes into the part; never throws through libcurl.
class PartSink : public http::Sink {
public:
    PartSink(Disk& disk, PartFile& part, std::string validator, Workers& files)
        : disk_(disk), part_(part), validator_(std::move(validator)), files_(files) {}

    bool head(int status, const http::Headers& headers) override {
        good_ = status == 200 || status == 206;
        if (!good_) return true;
        if (status == 206) return continues(headers);
        total_ = number(header_in(headers, "content-length"));
        return guarded([&] {
            part_.restart();
            PartTag tag;
            tag.validator = validator_of(headers, total_);
            tag.boot = disk_.boot();
            write_tag(disk_, part_.path(), tag);
        });
    }

    bool write(std::string_view bytes) override {
        if (!good_) {
            const auto room = limits::error_body_bytes - error_body_.size();
            error_body_.append(bytes.substr(0, std::min(room, bytes.size())));
            return true;
        }
        if (part_.size() + collected_.size() + bytes.size() > limits::video_bytes) return false;
        collected_.append(bytes);
        const bool more_waits = bytes.size() >= piece_bytes && collected_.size() < write_bytes;
        return more_waits || flush();
    }

    // To be called at the end, whatever that was: what came is worth keeping.
    bool flush() {
        return guarded([&] {
            part_.write(collected_);
            collected_.clear();
            if (auto hashing = part_.hashing()) files_.run_aside(std::move(hashing));
        });
    }

    bool mismatch() const { return mismatch_; }
    std::optional<std::uint64_t> total() const { return total_; }
    const std::string& error_body() const { return error_body_; }
    const std::optional<StorageError>& broken() const { return broken_; }

private:
    // A 206 must go on exactly where the part ends, in the same version of the object.
    bool continues(const http::Headers& headers) {
        const auto range = content_range(header_in(headers, "content-range"));
        mismatch_ = !range || range->first != part_.size();
        if (range) total_ = range->total;
        mismatch_ = mismatch_ || validator_of(headers, total_) != validator_;
        return !mismatch_;
    }

    template <class Work>
    bool guarded(Work work) {
        try {
            work();
            return true;
        } catch (const StorageError& error) {
            broken_ = error;
            return false;
        }
    }

    Disk& disk_;
    PartFile& part_;
    std::string validator_, error_body_, collected_;
    Workers& files_;
    std::optional<std::uint64_t> total_;
    std::optional<StorageError> broken_;
    bool good_ = false, mismatch_ = false;
};

// The object is gone or its signature died: only a fresh link helps.
bool is_expired(int status, std::string_view body) {
    if (status == 401 || status == 403 || status == 404 || status == 410) return true;
    return status == 502 && body.find("Upstream service returned status 40") != body.npos;
}

Failure failure(Kind kind, const Task& task, const Download& what, std::string cause, int status) {
    auto remote = what.index == 1 ? "" : fmt::format(" (output {})", what.index);
    return {.kind = kind,
            .code = status > 0 ? fmt::format("http_{}", status) : "",
            .message = fmt::format("download {}{}: {}", task.id, remote, cause),
            .http_status = status};
}

}  // namespace

// What one exchange came to.
struct Downloader::Try {
    bool whole = false;
    bool expired = false;
    bool reached = true;  // false: not even connected; such tries are not counted
    bool restart = false;
    std::string redirect;
    std::string cause;
    Kind kind = Kind::network;
    int status = 0;
};

Async<void> Downloader::pause(int tries) {
    auto& world = shared_.world;
    const double most =
        std::min(limits::retry_cap_s, shared_.options.retry.base_s * std::pow(2.0, tries));
    co_await world.clock.sleep_until(world.clock.now() + seconds(most * (1 - world.random.unit())));
    if (!shared_.polls_go_on()) throw Stopped();
}

Async<Downloader::Try> Downloader::attempt(const http::SafeLink& link, PartFile& part) {
    http::Headers extra;
    auto& disk = *shared_.world.folders.disk;
    const auto validator = read_tag(disk, part.path()).validator;
    const auto etag = validator.substr(0, validator.find('|'));
    if (part.size() > 0) {
        extra.emplace_back("Range", fmt::format("bytes={}-", part.size()));
        if (!etag.empty()) extra.emplace_back("If-Range", etag);
    }
    PartSink sink(disk, part, validator, shared_.world.files);
    http::Request request;
    request.url = link.url;
    request.headers = shared_.keys.for_download(link.with_key, std::move(extra));
    request.timeout = {};
    request.low_speed_bytes_per_s = limits::stall_bytes_per_s;
    request.low_speed_time = seconds(limits::stall_s);
    request.public_address_only = link.public_only;
    request.sink = &sink;
    request.as_sent = true;
    request.body_max_bytes = limits::video_bytes;  // the sink counts what earlier tries brought
    auto slot = co_await shared_.slots->take_download(http::expiry_of_link(link.url.text()));
    const auto reply = co_await shared_.world.transport.send(std::move(request));
    slot.release();
    if (!sink.broken()) sink.flush();
    if (sink.broken()) throw *sink.broken();

    Try result;
    result.status = reply.status;
    auto answer = sink.error_body();
    shared_.keys.hide(answer);
    const bool good = reply.status == 200 || reply.status == 206;
    if (reply.trouble == http::Trouble::unsafe_address) {
        result.kind = Kind::unsafe_url;
        result.cause = "the link leads to a private address";
    } else if (sink.mismatch() || reply.status == 416) {
        result.restart = true;
        result.cause = "the result changed under the download";
    } else if (reply.status >= 300 && reply.status < 400) {
        result.redirect = reply.header("location");
        result.cause = "redirect";
    } else if (good && reply.trouble == http::Trouble::none) {
        result.whole = !sink.total() || part.size() == *sink.total();
        result.restart = sink.total() && part.size() > *sink.total();
        result.cause = fmt::format("{} bytes of {}", part.size(), sink.total().value_or(0));
    } else if (reply.trouble != http::Trouble::none) {
        result.reached = reply.sent;
        result.cause = fmt::format("{}", http::name_of(reply.trouble));
    } else {
        result.expired = is_expired(reply.status, answer);
        result.cause = fmt::format("HTTP {}: {}", reply.status, term_safe(answer, 200));
    }
    co_return result;
}

// Where a redirect leads, judged as links are; relative to where it came from, and never with the
// key: who redirects is not who was to be told it.
http::SafeLink Downloader::redirected(const http::SafeLink& from, std::string_view location) {
    auto next = http::judge_redirect(shared_.world.origin, from.url, location);
    if (next.has_error()) throw Failed(next.error());
    if (from.url.is_tls() && !next->url.is_tls()) {
        throw Failed({.kind = Kind::unsafe_url,
                      .code = "plain_http",
                      .message = "fetch result: redirected from https to plain http"});
    }
    next->with_key = false;
    return std::move(*next);
}

Async<Output> Downloader::fetch(Download what) {
    auto judged = http::judge_link(shared_.world.origin, what.url);
    if (judged.has_error()) throw Failed(judged.error());
    auto link = judged.value();
    PartFile part(shared_.world.folders, part_name(task_.row, what.index));
    auto& disk = *shared_.world.folders.disk;
    const auto tag = read_tag(disk, part.path());
    if (tag.is_whole()) {
        auto adopt = [&] { return adopt_part(shared_.world.folders, part, tag); };
        const auto adopted = co_await shared_.world.files.run(std::move(adopt));
        if (adopted) co_return *adopted;
    }
    // Bytes of unknown version, or that a crash of the machine may have holed, are no good.
    const bool known = !tag.validator.empty() && tag.validator != "|";
    if (!known || tag.boot != disk.boot()) part.restart();
    int redirects = 0, tries = 0;
    auto last = failure(Kind::network, task_, what, "not tried", 0);
    while (tries < limits::download_tries) {
        if (!shared_.polls_go_on()) throw Stopped();
        const auto result = co_await attempt(link, part);
        if (!result.redirect.empty()) {
            if (++redirects > redirects_max) {
                throw Failed(failure(Kind::unsafe_url, task_, what,
                                     fmt::format("redirected more than {} times", redirects_max),
                                     result.status));
            }
            link = redirected(link, result.redirect);
            continue;
        }
        last = failure(result.kind, task_, what, result.cause, result.status);
        if (result.kind == Kind::unsafe_url) throw Failed(last);
        if (result.expired) {
            last.kind = Kind::result_expired;
            throw Failed(last);
        }
        if (result.restart) part.restart();
        if (result.whole) {
            auto keep = [&] { return keep_part(shared_.world.folders, task_, what, part); };
            const auto kept = co_await shared_.world.files.run(std::move(keep));
            if (kept.has_value()) co_return kept.value();
            last = kept.error();
        }
        if (result.reached) ++tries;
        co_await pause(tries);
    }
    if (last.kind == Kind::bad_media) part.discard();
    throw Failed(last);
}

}  // namespace nightshift
