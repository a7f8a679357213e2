// Rules of wire contract section 9 and faults.md rows 60-70.

#include "engine/attempt/downloader.hpp"

#include "base/bounds.hpp"
#include "base/text/terminal_text.hpp"
#include "base/text/told_time.hpp"
#include "engine/attempt/artifacts.hpp"
#include "files/part_tag.hpp"
#include "http/retry_after.hpp"

#include <fmt/format.h>

#include <charconv>
#include <cmath>
#include <optional>
#include <utility>

namespace nightshift {
namespace {

constexpr int redirects_max = 5;
constexpr double backoff_least_s = 0.05;  // --retry-base 0 is no leave to hammer a dead host
constexpr double last_fetch_s = 60;       // for a video that was done just in time
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
    // `as_stored`: whatever Content-Encoding says, the bytes are what they are.
    PartSink(Disk& disk, PartFile& part, std::string validator, bool as_stored, Workers& files)
        : disk_(disk),
          part_(part),
          validator_(std::move(validator)),
          files_(files),
          as_stored_(as_stored) {}

    bool head(int status, const http::Headers& headers) override {
        good_ = status == 200 || status == 206;
        if (!good_) return true;
        const auto encoding = header_in(headers, "content-encoding");
        encoded_ = !as_stored_ && !encoding.empty() && encoding != "identity";
        if (status == 206) return continues(headers);
        // Of the packed bytes, where it is packed: no length of the part, and no place in it.
        if (!encoded_) total_ = number(header_in(headers, "content-length"));
        return guarded([&] {
            part_.restart();
            PartTag tag;
            tag.validator = encoded_ ? "" : validator_of(headers, total_);
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
    bool encoded() const { return encoded_; }
    std::optional<std::uint64_t> total() const { return total_; }
    const std::string& error_body() const { return error_body_; }
    const std::optional<StorageError>& broken() const { return broken_; }

private:
    // A 206 must go on exactly where the part ends, in the same version of the object.
    bool continues(const http::Headers& headers) {
        const auto range = content_range(header_in(headers, "content-range"));
        mismatch_ = encoded_ || !range || range->first != part_.size();
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
    bool as_stored_, encoded_ = false;
    bool good_ = false, mismatch_ = false;
};

// Not to be had by this link: not there yet, not any more, or its signature died.
bool is_refused(int status, std::string_view body) {
    if (status == 401 || status == 403 || status == 404 || status == 410) return true;
    return status == 502 && body.find("Upstream service returned status 40") != body.npos;
}

// A fresh link alone helps: by status, by the codes of object stores (S3 and OSS tell their time
// along with the end of a signature), or by what the link says of itself.
bool is_expired(const http::Reply& reply, std::string_view body, const http::Url& url,
                std::int64_t wall_ms) {
    if (reply.status == 410) return true;
    for (const std::string_view code : {"<ServerTime>", "ExpiredToken", "RequestExpired",
                                        "SignatureExpired", "TokenExpired", "LinkExpired"}) {
        if (body.find(code) != body.npos) return true;
    }
    const auto now = unix_of_date(reply.header("date")).value_or(wall_ms / 1000);
    const auto expiry = http::expiry_of_link(url.text());
    return expiry > 0 && expiry <= now;
}

Failure overdue(Failure last) {
    last.kind = Kind::result_expired;
    last.code = overdue_code;
    last.message += "; not tried any longer: the --deadline is over";
    return last;
}

std::string operation_of(const Task& task, const Download& what) {
    const auto which = what.index == 1 ? "" : fmt::format(" (output {})", what.index);
    return fmt::format("download {}{}", task.id, which);
}

}  // namespace

// What one exchange came to.
struct Downloader::Try {
    Kind kind = Kind::network;
    std::string code, cause;
    int status = 0;
    std::string redirect;
    bool whole = false;
    bool restart = false;     // what is there of it is of no use
    bool misnamed = false;    // it does not unpack as it says
    bool plain_next = false;  // https cannot be connected to, and the link was told as http
    bool plain = false;       // came unencrypted from a host that is not ours

    Failure failure(const std::string& operation) const {
        return {.kind = kind,
                .code = code.empty() && status > 0 ? fmt::format("http_{}", status) : code,
                .message = fmt::format("{}: {}", operation, cause),
                .http_status = status};
    }
};

Instant Downloader::next_try(int tries) {
    auto& world = shared_.world;
    const double base_s = std::max(backoff_least_s, shared_.options.retry.base_s);
    const double most_s =
        std::min(limits::retry_cap_s, base_s * std::pow(2.0, std::min(tries, 30)));
    return std::min(deadline_, world.clock.now() + seconds(most_s * (1 - world.random.unit())));
}

Async<void> Downloader::pause(int tries) {
    co_await shared_.world.clock.sleep_until(next_try(tries));
    if (!shared_.polls_go_on()) throw Stopped();
}

http::Request Downloader::request_for(const Way& way, const PartFile& part,
                                      const std::string& validator) {
    http::Headers extra = {{"Accept-Encoding", "identity"}};
    const auto etag = validator.substr(0, validator.find('|'));
    if (part.size() > 0) {
        extra.emplace_back("Range", fmt::format("bytes={}-", part.size()));
        if (!etag.empty()) extra.emplace_back("If-Range", etag);
    }
    http::Request request;
    request.url = way.link.url;
    request.headers = shared_.keys.for_download(way.link.with_key, std::move(extra));
    request.timeout = {};
    if (deadline_ != Instant::max()) {
        const auto least = seconds(std::min(last_fetch_s, shared_.options.deadline_s));
        request.timeout = std::max(least, deadline_ - shared_.world.clock.now());
    }
    request.low_speed_bytes_per_s = limits::stall_bytes_per_s;
    request.low_speed_time = seconds(limits::stall_s);
    request.public_address_only = way.link.public_only;
    request.as_sent = way.as_stored;
    request.body_max_bytes = limits::video_bytes;  // the sink counts what earlier tries brought
    return request;
}

Async<Downloader::Try> Downloader::attempt(const Way& way, PartFile& part) {
    auto& disk = *shared_.world.folders.disk;
    const auto& url = way.link.url;
    const auto validator = read_tag(disk, part.path()).validator;
    PartSink sink(disk, part, validator, way.as_stored, shared_.world.files);
    auto request = request_for(way, part, validator);
    request.sink = &sink;
    auto slot = co_await shared_.slots->take_download(http::expiry_of_link(url.text()));
    const auto reply = co_await shared_.world.transport.send(std::move(request));
    slot.release();
    if (!sink.broken()) sink.flush();
    if (sink.broken()) throw *sink.broken();

    Try result;
    result.status = reply.status;
    auto answer = sink.error_body();
    shared_.keys.hide(answer);
    result.plain = way.link.public_only && !url.is_tls();
    const bool good = reply.status == 200 || reply.status == 206;
    if (reply.trouble == http::Trouble::unsafe_address) {
        result.kind = Kind::unsafe_url;
        result.cause = "the link leads to a private address";
    } else if (reply.trouble == http::Trouble::protocol && sink.encoded()) {
        result.misnamed = result.restart = true;
    } else if (sink.mismatch() || reply.status == 416) {
        result.restart = true;
        result.cause = "the result changed under the download";
    } else if (reply.status >= 300 && reply.status < 400) {
        result.redirect = reply.header("location");
        result.cause = fmt::format("HTTP {} to nowhere", reply.status);
    } else if (good && reply.trouble == http::Trouble::none) {
        result.whole = !sink.total() || part.size() == *sink.total();
        result.restart = sink.total() && part.size() > *sink.total();
        result.cause = fmt::format("{} bytes of {}", part.size(), sink.total().value_or(0));
    } else if (reply.trouble != http::Trouble::none && !reply.sent) {
        result.code = unreached_code;
        result.plain_next = way.link.plain && reply.trouble != http::Trouble::dns &&
                            reply.trouble != http::Trouble::local;
        result.cause =
            fmt::format("{} is not reached ({})", url.host(), http::name_of(reply.trouble));
    } else if (reply.trouble != http::Trouble::none) {
        result.restart = sink.encoded();
        result.cause = fmt::format("{}", http::name_of(reply.trouble));
    } else {
        if (is_refused(reply.status, answer)) {
            result.kind = Kind::result_expired;
            const auto wall_ms = shared_.world.clock.wall_ms();
            if (is_expired(reply, answer, url, wall_ms)) result.code = expired_code;
        }
        result.cause = fmt::format("HTTP {}: {}", reply.status, term_safe(answer, 200));
    }
    co_return result;
}

// True when the same try goes on another way: where a redirect leads (judged as links are, the key
// kept from one address of the gateway to another and never regained), unencrypted where the link
// was told so, or as it is stored.
bool Downloader::follows(Way& way, const Try& result, const Download& what) {
    if (result.misnamed) return !std::exchange(way.as_stored, true);
    if (result.plain_next) {
        way.link.url = *way.link.plain;
        way.link.plain.reset();
        return true;
    }
    if (result.redirect.empty()) return false;
    if (++way.redirects > redirects_max) {
        throw Failed({.kind = Kind::unsafe_url,
                      .code = "redirects",
                      .message = fmt::format("{}: redirected more than {} times",
                                             operation_of(task_, what), redirects_max),
                      .http_status = result.status});
    }
    auto next = http::judge_redirect(shared_.world.origin, way.link, result.redirect);
    if (next.has_error()) throw Failed(next.error());
    way.link = std::move(*next);
    return true;
}

Async<Result<Output>> Downloader::kept(const Download& what, const Try& result, PartFile& part) {
    auto keep = [&] { return keep_part(shared_.world.folders, task_, what, part); };
    auto output = co_await shared_.world.files.run(std::move(keep));
    if (output) output->plain_http = result.plain;
    co_return output;
}

// No status came from the gateway for longer than it takes to be asked: it is.
Async<bool> Downloader::gateway_answers() {
    auto& world = shared_.world;
    const auto seen = shared_.gateway_seen_at;
    if (seen && world.clock.now() - *seen < seconds(limits::poll_timeout_s)) co_return true;
    http::Request request;
    request.url = world.origin.url("/v1/models").value();
    request.headers = shared_.keys.for_gets();
    request.timeout = seconds(limits::poll_timeout_s);
    request.body_max_bytes = limits::json_reply_bytes;
    auto slot = co_await shared_.slots->take_poll();
    const auto reply = co_await world.transport.send(std::move(request));
    slot.release();
    if (reply.status > 0) shared_.gateway_was_there();
    co_return reply.status > 0;
}

// For a link that cannot be renewed. While the gateway is out of reach, too, the network is to
// blame: such a try does not count.
Async<void> Downloader::wait_for_link(const Failure& last, LinkPatience& patience) {
    auto& world = shared_.world;
    const auto trouble = trouble_of_link(last);
    bool counts = true;
    if (trouble == LinkTrouble::unreached) counts = co_await gateway_answers();
    if (counts && !patience.allows_another(trouble, world.clock.now())) {
        throw Failed(given_up(last));
    }
    if (!waiting_) {
        waiting_.emplace(shared_.link_waits, world.clock.wall_ms());
        shared_.tell(last.message + "; trying again");
    }
    co_await sleep_for_link(shared_, next_try(waits_++));
}

Async<Output> Downloader::fetch(Download what) {
    const auto judged = http::judge_link(shared_.world.origin, what.url);
    if (judged.has_error()) throw Failed(judged.error());
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
    if (!known || tag.boot != disk.boot() || !what.resumes) part.restart();
    const auto operation = operation_of(task_, what);
    LinkPatience patience(what.renewable, shared_.world.clock.now());
    Way way{*judged, 0, false};
    int tries = 0;
    while (true) {
        if (!shared_.polls_go_on()) throw Stopped();
        const auto result = co_await attempt(way, part);
        if (result.restart) part.restart();
        if (follows(way, result, what)) continue;
        auto last = result.failure(operation);
        if (result.whole) {
            auto output = co_await kept(what, result, part);
            if (output) co_return std::move(*output);
            last = output.error();
        }
        if (last.kind == Kind::unsafe_url) throw Failed(last);
        if (shared_.world.clock.now() >= deadline_) throw Failed(overdue(std::move(last)));
        // The next try begins where the link points: what it redirects to may have an end, too.
        way = {*judged, 0, way.as_stored};
        if (trouble_of_link(last) != LinkTrouble::broken) {
            if (what.renewable) throw Failed(last);
            co_await wait_for_link(last, patience);
            continue;
        }
        if (++tries >= limits::download_tries) {
            if (last.kind == Kind::bad_media) part.discard();
            throw Failed(last);
        }
        co_await pause(tries);
    }
}

}  // namespace nightshift
