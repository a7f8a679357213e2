// One easy handle and what it gathers: the options of a request go in, a reply comes out. Used
// again and again; everything about one request is set by prepare().

#pragma once

#include "http/body_decoder.hpp"
#include "http/curl/curl_multi.hpp"
#include "http/curl/header_reader.hpp"
#include "http/message.hpp"
#include "http/proxy.hpp"
#include "http/transport_error.hpp"
#include "http/trust.hpp"

#include <array>
#include <memory>

namespace nightshift::http {

struct TransferSettings {
    long connect_timeout_ms = 0;
    Trust trust;
    bool resolve_again = false;  // a cached address may be an old one
};

class Transfer {
public:
    Transfer();
    ~Transfer();
    Transfer(const Transfer&) = delete;
    Transfer& operator=(const Transfer&) = delete;

    // `request` and `proxy` (nullptr: none) are borrowed until finish(); a proxy that stands at
    // the same place later is taken for the same.
    void prepare(const Request& request, const TransferSettings& settings, const Proxy* proxy);
    Reply finish(CURLcode code);
    CurlMulti::Run& run() { return run_; }

private:
    // All that the options of libcurl depend on, but for the body.
    struct Shape {
        std::string method, url;
        const Proxy* proxy = nullptr;
        std::shared_ptr<const HeaderBlock> headers;
        Duration idle_timeout, low_speed_time;
        std::int64_t low_speed_bytes_per_s = 0;
        bool fresh_connection = false, as_sent = false, resolve_again = false;
        bool operator==(const Shape&) const = default;
    };

    static Shape shape_of(const Request& request, const TransferSettings& settings,
                          const Proxy* proxy);
    static int on_sending(void* self, char* address, char*, int, int) noexcept;
    static curl_socket_t on_socket(void* self, curlsocktype, curl_sockaddr* address) noexcept;
    static std::size_t on_header(char* bytes, std::size_t size, std::size_t count,
                                 void* self) noexcept;
    static std::size_t on_body(char* bytes, std::size_t size, std::size_t count,
                               void* self) noexcept;
    template <class Value>
    void set(CURLoption option, Value value);
    void set_fixed(const TransferSettings& settings);
    void set_url();
    void set_method();
    void set_body();
    void set_connection(const Proxy* proxy);
    void set_limits();
    bool may_send(const char* address);
    bool take_header(std::string_view line);
    bool take_body(std::string_view bytes);
    bool take_unpacked(std::string_view bytes);
    void begin_body();
    bool inflates_too_much() const;
    std::string harmless_text(std::string_view text) const;
    std::string words_about(const Evidence& evidence) const;

    CurlMulti::Run run_;
    std::optional<Shape> shape_;  // as the options are set
    std::unique_ptr<CURLU, decltype(&curl_url_cleanup)> url_{nullptr, &curl_url_cleanup};
    const Request* request_ = nullptr;
    Reply reply_;
    Evidence evidence_;
    curl_socket_t dialled_ = CURL_SOCKET_BAD;  // the last socket that it asked for
    HeadReader head_;
    std::unique_ptr<BodyDecoder> decoder_;  // where the head speaks of a coding
    bool judge_address_ = false;
    const Proxy* proxy_ = nullptr;
    std::array<char, CURL_ERROR_SIZE> error_{};
};

}  // namespace nightshift::http
