// Options follow libcurl 7.88's manual; the hard rules and their reasons are findings 1, 2 and 9
// of faults.md.

#include "http/curl/transfer.hpp"

#include "http/address.hpp"

#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <new>
#include <utility>

namespace nightshift::http {
namespace {

constexpr std::size_t ratio_free_bytes = 1u << 20;  // the ratio is not looked at below this
constexpr std::size_t ratio_max = 100;
constexpr long buffer_bytes = 64 * 1024;            // also what may be unpacked but not yet counted
constexpr std::size_t body_reserve_max = 8u << 20;  // a Content-Length is only a claim
// Common servers close a connection that was idle for 5 s. A POST that crosses with the closing
// has an unknown outcome, so a connection that was idle for 4 s is not used for one.
constexpr long idle_reuse_s = 3;  // whole seconds; libcurl drops what was idle for more

long whole_seconds(Duration value) {
    const auto s = std::chrono::ceil<std::chrono::seconds>(value).count();
    return static_cast<long>(std::clamp<std::int64_t>(s, 0, INT_MAX / 1000));
}

}  // namespace

Transfer::Transfer() {
    run_.easy = curl_easy_init();
    if (run_.easy == nullptr) throw std::bad_alloc();
}

Transfer::~Transfer() {
    curl_easy_cleanup(run_.easy);
}

template <class Value>
void Transfer::set(CURLoption option, Value value) {
    if (curl_easy_setopt(run_.easy, option, value) == CURLE_OUT_OF_MEMORY) throw std::bad_alloc();
}

void Transfer::prepare(const Request& request, const TransferSettings& settings,
                       const Proxy* proxy) {
    request_ = &request;
    reply_ = {};
    evidence_ = {};
    dialled_ = CURL_SOCKET_BAD;
    head_ = {};
    decoder_.reset();
    error_[0] = '\0';
    // Behind a proxy the proxy resolves and dials; its own address may well be private.
    judge_address_ = request.public_address_only && proxy == nullptr;
    proxy_ = proxy;
    run_.timeout = std::chrono::ceil<std::chrono::milliseconds>(request.timeout);
    if (std::exchange(run_.is_stretched, false)) shape_.reset();
    auto shape = shape_of(request, settings, proxy);
    if (shape_ != shape) {
        curl_easy_reset(run_.easy);
        set_fixed(settings);
        set_method();
        set_connection(proxy);
        set_limits();
        shape_ = std::move(shape);
    }
    set_body();
}

// One request of a lane looks like the last: then only the body is new.
Transfer::Shape Transfer::shape_of(const Request& request, const TransferSettings& settings,
                                   const Proxy* proxy) {
    return {.method = request.method,
            .url = request.url.text(),
            .proxy = proxy,
            .headers = request.headers,
            .idle_timeout = request.idle_timeout,
            .low_speed_time = request.low_speed_time,
            .low_speed_bytes_per_s = static_cast<std::int64_t>(request.low_speed_bytes_per_s),
            .fresh_connection = request.fresh_connection,
            .as_sent = request.as_sent,
            .resolve_again = settings.resolve_again};
}

void Transfer::set_fixed(const TransferSettings& settings) {
    set(CURLOPT_PRIVATE, &run_);
    set(CURLOPT_ERRORBUFFER, error_.data());
    set(CURLOPT_NOSIGNAL, 1L);
    set(CURLOPT_PROTOCOLS_STR, "http,https");
    set(CURLOPT_FOLLOWLOCATION, 0L);
    set(CURLOPT_NETRC, static_cast<long>(CURL_NETRC_IGNORED));
    set(CURLOPT_DISALLOW_USERNAME_IN_URL, 1L);
    set(CURLOPT_PATH_AS_IS, 1L);
    set(CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
    set(CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
    set(CURLOPT_DNS_CACHE_TIMEOUT, settings.resolve_again ? 0L : 60L);
    set(CURLOPT_TCP_KEEPALIVE, 1L);
    set(CURLOPT_TCP_KEEPIDLE, 60L);
    set(CURLOPT_TCP_KEEPINTVL, 30L);
    set(CURLOPT_BUFFERSIZE, buffer_bytes);
    set(CURLOPT_HTTP_CONTENT_DECODING, 0L);  // it would lose a body that is not packed as was said
    set(CURLOPT_CONNECTTIMEOUT_MS, settings.connect_timeout_ms);
    const auto& trust = settings.trust;
    if (!trust.ca_file.empty()) set(CURLOPT_CAINFO, trust.ca_file.c_str());
    if (!trust.ca_folder.empty()) set(CURLOPT_CAPATH, trust.ca_folder.c_str());
    set(CURLOPT_PREREQFUNCTION, &Transfer::on_sending);
    set(CURLOPT_PREREQDATA, this);
    set(CURLOPT_OPENSOCKETFUNCTION, &Transfer::on_socket);
    set(CURLOPT_OPENSOCKETDATA, this);
    set(CURLOPT_HEADERFUNCTION, &Transfer::on_header);
    set(CURLOPT_HEADERDATA, this);
    set(CURLOPT_WRITEFUNCTION, &Transfer::on_body);
    set(CURLOPT_WRITEDATA, this);
}

// Taken apart once, not for each request. A URL of nothing is libcurl's to complain about.
void Transfer::set_url() {
    url_.reset(curl_url());
    if (url_ == nullptr) throw std::bad_alloc();
    const auto code = curl_url_set(url_.get(), CURLUPART_URL, request_->url.text().c_str(),
                                   CURLU_PATH_AS_IS | CURLU_DISALLOW_USER);
    if (code == CURLUE_OUT_OF_MEMORY) throw std::bad_alloc();
    if (code == CURLUE_OK) {
        set(CURLOPT_CURLU, url_.get());
    } else {
        set(CURLOPT_URL, "");
    }
}

void Transfer::set_method() {
    set_url();
    if (request_->headers) {
        set(CURLOPT_HTTPHEADER, static_cast<curl_slist*>(request_->headers->curl_list()));
    }
    if (request_->method != "POST") {
        set(CURLOPT_HTTPGET, 1L);
        return;
    }
    set(CURLOPT_MAXAGE_CONN, idle_reuse_s);
    set(CURLOPT_POST, 1L);
}

void Transfer::set_body() {
    if (request_->method != "POST") return;
    set(CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request_->body.size()));
    set(CURLOPT_POSTFIELDS, request_->body.empty() ? "" : request_->body.data());
}

void Transfer::set_connection(const Proxy* proxy) {
    // "" keeps libcurl from reading the environment itself.
    set(CURLOPT_PROXY, proxy == nullptr ? "" : proxy->address.c_str());
    set(CURLOPT_NOPROXY, "");
    if (proxy != nullptr && !(proxy->user.empty() && proxy->password.empty())) {
        set(CURLOPT_PROXYUSERNAME, proxy->user.c_str());
        set(CURLOPT_PROXYPASSWORD, proxy->password.c_str());
    }
    run_.origin.clear();
    if (!request_->as_sent) set(CURLOPT_ACCEPT_ENCODING, BodyDecoder::accepted().data());
    if (request_->url.is_tls() && !request_->fresh_connection) {
        set(CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_2TLS));
        run_.origin = request_->url.root();
    } else {
        // Said outright: on plain http a wish for HTTP/2 makes libcurl hold back all other
        // requests until the first reply shows the version.
        set(CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
    }
    if (request_->fresh_connection) {
        set(CURLOPT_FRESH_CONNECT, 1L);
        set(CURLOPT_FORBID_REUSE, 1L);
    }
}

void Transfer::set_limits() {
    run_.stall_s = 0;
    if (request_->low_speed_bytes_per_s > 0 && request_->low_speed_time > Duration::zero()) {
        set(CURLOPT_LOW_SPEED_LIMIT, static_cast<long>(request_->low_speed_bytes_per_s));
        run_.stall_s = whole_seconds(request_->low_speed_time);
    } else if (request_->idle_timeout > Duration::zero()) {
        set(CURLOPT_LOW_SPEED_LIMIT, 1L);
        run_.stall_s = whole_seconds(request_->idle_timeout);
    }
    if (run_.stall_s > 0) set(CURLOPT_LOW_SPEED_TIME, run_.stall_s);
}

// Runs before each sending, the first included.
int Transfer::on_sending(void* self, char* address, char*, int, int) noexcept {
    return static_cast<Transfer*>(self)->may_send(address) ? CURL_PREREQFUNC_OK
                                                           : CURL_PREREQFUNC_ABORT;
}

bool Transfer::may_send(const char* address) {
    if (judge_address_) {
        // A connection that is used again may have been opened by a request without this rule.
        const auto peer = address_in(address);
        if (!peer || !is_public(*peer)) {
            evidence_.unsafe_address = true;
            return false;
        }
    }
    if (evidence_.sent && request_->method == "POST") {
        evidence_.repeat_refused = true;
        return false;
    }
    run_.owner->sends(run_, std::exchange(dialled_, CURL_SOCKET_BAD));
    if (!evidence_.sent) reply_.sent_at = BootClock::now();
    evidence_.sent = true;
    return true;
}

curl_socket_t Transfer::on_socket(void* self_ptr, curlsocktype, curl_sockaddr* to) noexcept {
    auto& self = *static_cast<Transfer*>(self_ptr);
    self.evidence_.dialled = true;
    if (self.judge_address_ && !is_public(to->addr)) {
        self.evidence_.unsafe_address = true;
        return CURL_SOCKET_BAD;
    }
    const int fd = ::socket(to->family, to->socktype | SOCK_CLOEXEC, to->protocol);
    if (fd < 0) self.evidence_.socket_errno = errno;
    if (fd < 0) return CURL_SOCKET_BAD;
    try {
        self.run_.owner->opened(fd);
        self.dialled_ = fd;
        return fd;
    } catch (const std::bad_alloc&) {
        ::close(fd);
        return CURL_SOCKET_BAD;
    }
}

std::size_t Transfer::on_header(char* bytes, std::size_t size, std::size_t count,
                                void* self_ptr) noexcept {
    auto& self = *static_cast<Transfer*>(self_ptr);
    try {
        return self.take_header({bytes, size * count}) ? size * count : 0;
    } catch (const std::bad_alloc&) {
        self.evidence_.out_of_memory = true;
        return 0;
    }
}

bool Transfer::take_header(std::string_view line) {
    const auto step = head_.take(line);
    if (step == HeadReader::Step::too_large) evidence_.too_large = true;
    if (step == HeadReader::Step::two_lengths) evidence_.two_lengths = true;
    if (step != HeadReader::Step::complete) return step == HeadReader::Step::more;
    begin_body();
    if (request_->sink == nullptr) {
        const auto content_length =
            std::find_if(head_.headers.begin(), head_.headers.end(),
                         [](const auto& field) { return field.first == "content-length"; });
        if (content_length == head_.headers.end()) return true;
        const auto claimed = number_in(content_length->second);
        reply_.body.reserve(std::min({claimed, request_->body_max_bytes, body_reserve_max}));
        return true;
    }
    evidence_.sink_refused = !request_->sink->head(head_.status, head_.headers);
    return !evidence_.sink_refused;
}

std::size_t Transfer::on_body(char* bytes, std::size_t size, std::size_t count,
                              void* self_ptr) noexcept {
    auto& self = *static_cast<Transfer*>(self_ptr);
    try {
        // Anything but the full size ends the transfer; for an empty piece that would be 0.
        return self.take_body({bytes, size * count}) ? size * count : size * count + 1;
    } catch (const std::bad_alloc&) {
        self.evidence_.out_of_memory = true;
        return size * count + 1;
    }
}

void Transfer::begin_body() {
    if (!head_.compressed || request_->as_sent) return;
    std::string codings;
    for (const auto& [name, value] : head_.headers) {
        if (name == "content-encoding") codings.append(codings.empty() ? "" : ",").append(value);
    }
    decoder_ = std::make_unique<BodyDecoder>(codings);
}

bool Transfer::take_body(std::string_view bytes) {
    if (!decoder_) return take_unpacked(bytes);
    const auto result =
        decoder_->decode(bytes, [this](std::string_view piece) { return take_unpacked(piece); });
    if (result == BodyDecoder::Result::broken) evidence_.bad_coding = true;
    return result == BodyDecoder::Result::fine;
}

bool Transfer::take_unpacked(std::string_view bytes) {
    reply_.bytes_received += bytes.size();
    if (reply_.bytes_received > request_->body_max_bytes || inflates_too_much()) {
        evidence_.too_large = true;
        return false;
    }
    if (request_->sink == nullptr) {
        reply_.body.append(bytes);
        return true;
    }
    if (request_->sink->write(bytes)) return true;
    evidence_.sink_refused = true;
    return false;
}

bool Transfer::inflates_too_much() const {
    if (!head_.compressed || reply_.bytes_received <= ratio_free_bytes) return false;
    curl_off_t arrived = 0;
    curl_easy_getinfo(run_.easy, CURLINFO_SIZE_DOWNLOAD_T, &arrived);
    const auto packed = static_cast<std::uint64_t>(arrived + buffer_bytes);
    return reply_.bytes_received / ratio_max > packed;
}

// libcurl does not write header values into its messages; should it ever, the key stays out.
std::string Transfer::harmless_text(std::string_view text) const {
    std::string words(text);
    if (!request_->headers) return words;
    for (const auto& [name, value] : request_->headers->fields()) {
        const auto secret = value.substr(value.rfind(' ') + 1);
        if (secret.size() < 8) continue;
        for (auto at = words.find(secret); at != std::string::npos; at = words.find(secret)) {
            words.replace(at, secret.size(), "***");
        }
    }
    return words;
}

// Names the proxy as the speaker where it may be one: before the request could leave.
std::string Transfer::words_about(const Evidence& evidence) const {
    auto words = harmless_text(words_of(reply_.trouble, evidence));
    const bool proxy_may_speak = proxy_ != nullptr && !evidence.sent &&
                                 reply_.trouble != Trouble::local &&
                                 reply_.trouble != Trouble::unsafe_address;
    if (!proxy_may_speak) return words;
    long code = 0;
    curl_easy_getinfo(run_.easy, CURLINFO_HTTP_CONNECTCODE, &code);
    const auto* hint = code == 407 ? "; it wants a user and password: set https_proxy to "
                                     "http://USER:PASSWORD@HOST:PORT"
                                   : "";
    return "by way of the proxy " + proxy_->address + ": " + words + hint;
}

Reply Transfer::finish(CURLcode code) {
    const auto take = [this](std::string_view piece) { return take_unpacked(piece); };
    if (code == CURLE_OK && decoder_ && !decoder_->finish(take)) {
        code = CURLE_BAD_CONTENT_ENCODING;
        reply_.packing_cut = true;
    }
    evidence_.code = code;
    evidence_.status = head_.status;
    evidence_.text = error_.data();
    reply_.status = head_.status;
    reply_.headers = std::move(head_.headers);
    reply_.sent = evidence_.sent;
    reply_.trouble = trouble_of(evidence_);
    if (reply_.trouble != Trouble::none) {
        reply_.trouble_text = words_about(evidence_);
    }
    request_ = nullptr;
    return std::move(reply_);
}

}  // namespace nightshift::http
