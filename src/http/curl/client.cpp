#include "http/curl/client.hpp"

#include "http/curl/host_lookup.hpp"
#include "http/curl/multi_pool.hpp"
#include "http/curl/transfer.hpp"
#include "http/name_check.hpp"
#include "http/proxy.hpp"

#include <sys/resource.h>

#include <algorithm>
#include <climits>
#include <utility>
#include <vector>

namespace nightshift::http {
namespace {

// Idle transfers, ready for the next request. Shared with the sends under way, because their
// coroutines may be destroyed after the client.
struct Pool {
    std::vector<std::unique_ptr<Transfer>> idle;
    bool resolve_again = false;  // the last address tried did not answer: it may have moved
    bool sent = false;           // something, some time
};

// A transfer on loan from the pool.
class Lease {
public:
    explicit Lease(std::shared_ptr<Pool> pool) : pool_(std::move(pool)) {
        if (pool_->idle.empty()) {
            transfer_ = std::make_unique<Transfer>();
        } else {
            transfer_ = std::move(pool_->idle.back());
            pool_->idle.pop_back();
        }
        pool_->idle.reserve(pool_->idle.size() + 1);
    }
    ~Lease() { pool_->idle.push_back(std::move(transfer_)); }
    Lease(const Lease&) = delete;
    Lease& operator=(const Lease&) = delete;
    Transfer& operator*() { return *transfer_; }

private:
    std::shared_ptr<Pool> pool_;
    std::unique_ptr<Transfer> transfer_;
};

Reply not_tried(const Proxy& proxy) {
    Reply reply;
    reply.trouble = Trouble::connect;
    reply.trouble_text = "by way of the proxy " + proxy.address + ": " + proxy.problem;
    return reply;
}

Reply refused_inward() {
    Reply reply;
    reply.trouble = Trouble::unsafe_address;
    reply.trouble_text = "the host's address is not public; refused";
    return reply;
}

// Beside its socket a transfer may hold descriptors of the resolver for a while, of many not all
// at once; the rest of the program (database, parts, logs) needs some too (faults.md row 78).
long connections_allowed(long wanted) {
    constexpr rlim_t kept_back = 48;
    constexpr rlim_t needy = 1024;  // descriptors of the first 512, two each; then three for two
    rlimit limit{};
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY) return wanted;
    const auto left = limit.rlim_cur > kept_back ? limit.rlim_cur - kept_back : 0;
    const auto allowed = left <= needy ? left / 2 : needy / 2 + (left - needy) / 3 * 2;
    return std::clamp(static_cast<long>(std::min<rlim_t>(allowed, INT_MAX)), 4L,
                      std::max(wanted, 4L));
}

Trust trust_of(std::string ca_file) {
    if (ca_file.empty()) return trust_from_environment();
    return {.ca_file = std::move(ca_file), .ca_folder = {}};
}

}  // namespace

class Client::Impl {
public:
    Impl(boost::asio::io_context& io, ClientOptions options)
        : multis(io, connections_allowed(options.connections_max), options.connections_each),
          lookup(io),
          settings{.connect_timeout_ms = std::max(
                       1L, static_cast<long>(
                               std::chrono::ceil<std::chrono::milliseconds>(options.connect_timeout)
                                   .count())),
                   .trust = trust_of(std::move(options.ca_file))} {}

    std::shared_ptr<Pool> pool = std::make_shared<Pool>();
    MultiPool multis;
    HostLookup lookup;
    TransferSettings settings;
    Proxies proxies = Proxies::from_environment();
    std::shared_ptr<const HeaderBlock> no_headers = std::make_shared<HeaderBlock>(Headers{});
};

Client::Client(boost::asio::io_context& io, ClientOptions options) {
    static const CURLcode started = curl_global_init(CURL_GLOBAL_DEFAULT);
    if (started != CURLE_OK) throw std::bad_alloc();
    impl_ = std::make_unique<Impl>(io, std::move(options));
}

Client::~Client() = default;

void Client::set_connections_max(long connections_max) {
    impl_->multis.set_connections_max(connections_allowed(connections_max));
}

Async<Reply> Client::send(Request request) {
    Lease lease(impl_->pool);
    if (!request.headers) request.headers = impl_->no_headers;
    const auto pool = impl_->pool;
    impl_->settings.resolve_again = pool->resolve_again;
    const auto* proxy = impl_->proxies.proxy_for(request.url);
    if (proxy != nullptr && !proxy->problem.empty()) co_return not_tried(*proxy);
    if (proxy != nullptr && request.public_address_only) {
        std::string host(request.url.host());
        const bool inward = co_await impl_->lookup.leads_inward(std::move(host));
        if (inward) co_return refused_inward();
    }
    (*lease).prepare(request, impl_->settings, proxy);
    const CURLcode code = co_await impl_->multis.perform((*lease).run());
    // The client may be gone by now: only the pool, the lease and the request are ours.
    auto reply = (*lease).finish(code);
    if (reply.sent) pool->resolve_again = false;
    pool->sent = pool->sent || reply.sent;
    const bool no_name = reply.trouble == Trouble::dns && code == CURLE_COULDNT_RESOLVE_HOST;
    if (no_name && !pool->sent) {
        std::string host(request.url.host());
        const auto unknown = co_await is_unknown_name(std::move(host));
        if (unknown) reply.trouble = Trouble::no_such_name;
    }
    if (reply.trouble == Trouble::connect || reply.trouble == Trouble::connect_timeout) {
        pool->resolve_again = true;
    }
    co_return reply;
}

}  // namespace nightshift::http
