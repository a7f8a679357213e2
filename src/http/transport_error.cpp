#include "http/transport_error.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>

namespace nightshift::http {
namespace {

bool is_lack_of_descriptors(int error) {
    return error == EMFILE || error == ENFILE || error == ENOBUFS || error == ENOMEM;
}

// The resolver and its thread need descriptors too, and libcurl reports their lack as a name that
// was not found (faults.md row 78).
bool out_of_descriptors() {
    const int fd = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
    if (fd < 0) return is_lack_of_descriptors(errno);
    ::close(fd);
    return false;
}

bool begins(std::string_view text, std::string_view prefix) {
    return text.substr(0, prefix.size()) == prefix;
}

bool holds(std::string_view text, std::string_view part) {
    return text.find(part) != std::string_view::npos;
}

// OpenSSL's number for a record that is not TLS at all (SSL_R_WRONG_VERSION_NUMBER in ERR_LIB_SSL).
Trouble trouble_of_handshake(const Evidence& evidence) {
    return holds(evidence.text, "error:0A00010B:") ? Trouble::no_tls : Trouble::tls;
}

// libcurl uses one code for each of its timers; its words name the phase.
Trouble trouble_of_timeout(const Evidence& evidence) {
    if (holds(evidence.text, "too slow")) return Trouble::idle;
    const bool connecting = evidence.dialled || begins(evidence.text, "Resolving");
    return !evidence.sent && connecting ? Trouble::connect_timeout : Trouble::timeout;
}

// The connection ended. Before the request left, that is a failure to connect.
Trouble trouble_of_cut(const Evidence& evidence) {
    if (!evidence.sent) return Trouble::connect;
    return evidence.status == 0 ? Trouble::reset : Trouble::truncated;
}

// What we did ourselves from inside a callback: libcurl's code only says that somebody did.
Trouble trouble_of_own_act(const Evidence& evidence) {
    if (evidence.unsafe_address) return Trouble::unsafe_address;
    if (evidence.repeat_refused) return Trouble::repeat_refused;
    if (evidence.too_large) return Trouble::too_large;
    if (evidence.two_lengths || evidence.bad_coding) return Trouble::protocol;
    if (evidence.sink_refused) return Trouble::sink;
    if (evidence.out_of_memory) return Trouble::local;
    if (is_lack_of_descriptors(evidence.socket_errno)) return Trouble::local;
    return Trouble::none;
}

Trouble trouble_of_code(const Evidence& evidence) {
    switch (evidence.code) {
        case CURLE_COULDNT_RESOLVE_HOST:
        case CURLE_COULDNT_RESOLVE_PROXY:
            return out_of_descriptors() ? Trouble::local : Trouble::dns;
        case CURLE_COULDNT_CONNECT:
        case CURLE_PROXY:
            return Trouble::connect;
        case CURLE_OPERATION_TIMEDOUT:
            return trouble_of_timeout(evidence);
        case CURLE_SSL_CONNECT_ERROR:
            return trouble_of_handshake(evidence);
        case CURLE_SSL_CIPHER:
        case CURLE_SSL_ENGINE_NOTFOUND:
        case CURLE_SSL_ENGINE_SETFAILED:
        case CURLE_SSL_ENGINE_INITFAILED:
        case CURLE_SSL_SHUTDOWN_FAILED:
        case CURLE_SSL_CERTPROBLEM:
        case CURLE_SSL_CLIENTCERT:
        case CURLE_USE_SSL_FAILED:
            return Trouble::tls;
        case CURLE_PEER_FAILED_VERIFICATION:
        case CURLE_SSL_CACERT_BADFILE:
        case CURLE_SSL_CRL_BADFILE:
        case CURLE_SSL_ISSUER_ERROR:
        case CURLE_SSL_PINNEDPUBKEYNOTMATCH:
        case CURLE_SSL_INVALIDCERTSTATUS:
            return Trouble::tls_verify;
        case CURLE_FILESIZE_EXCEEDED:
            return Trouble::too_large;
        case CURLE_SEND_FAIL_REWIND:
            return evidence.sent ? Trouble::repeat_refused : Trouble::local;
        case CURLE_HTTP2_STREAM:
            if (holds(evidence.text, "REFUSED_STREAM")) return Trouble::refused_stream;
            return trouble_of_cut(evidence);
        case CURLE_HTTP2:
        case CURLE_HTTP3:
        case CURLE_GOT_NOTHING:
        case CURLE_SEND_ERROR:
        case CURLE_RECV_ERROR:
        case CURLE_PARTIAL_FILE:
            return trouble_of_cut(evidence);
        case CURLE_UNSUPPORTED_PROTOCOL:
        case CURLE_URL_MALFORMAT:
        case CURLE_WEIRD_SERVER_REPLY:
        case CURLE_BAD_CONTENT_ENCODING:
        case CURLE_WRITE_ERROR:  // not by us: a body that does not decode
        case CURLE_TOO_MANY_REDIRECTS:
        case CURLE_HTTP_RETURNED_ERROR:
            return Trouble::protocol;
        case CURLE_FAILED_INIT:
        case CURLE_OUT_OF_MEMORY:
        case CURLE_ABORTED_BY_CALLBACK:  // cancelled by the caller
        case CURLE_INTERFACE_FAILED:
        case CURLE_BAD_FUNCTION_ARGUMENT:
        case CURLE_UNKNOWN_OPTION:
        case CURLE_NOT_BUILT_IN:
        case CURLE_NO_CONNECTION_AVAILABLE:
        case CURLE_RECURSIVE_API_CALL:
        case CURLE_READ_ERROR:
            return Trouble::local;
        default:
            return trouble_of_cut(evidence);
    }
}

}  // namespace

Trouble trouble_of(const Evidence& evidence) {
    if (evidence.code == CURLE_OK) {
        return evidence.status == 0 ? Trouble::protocol : Trouble::none;
    }
    const auto own = trouble_of_own_act(evidence);
    return own == Trouble::none ? trouble_of_code(evidence) : own;
}

std::string_view words_of(Trouble trouble, const Evidence& evidence) {
    switch (trouble) {
        case Trouble::none:
            return {};
        case Trouble::unsafe_address:
            return "the host's address is not public; refused";
        case Trouble::repeat_refused:
            return "the connection ended before a reply; a second sending was refused";
        case Trouble::too_large:
            return "the reply is larger than its bound";
        case Trouble::sink:
            return "the receiver of the body stopped";
        case Trouble::no_tls:
            return "the server does not speak TLS";
        case Trouble::protocol:
            if (evidence.bad_coding) return "the body does not unpack as its Content-Encoding says";
            if (evidence.two_lengths) return "two Content-Length headers that differ";
            break;
        case Trouble::local:
            if (evidence.code == CURLE_ABORTED_BY_CALLBACK) return "cancelled";
            if (is_lack_of_descriptors(evidence.socket_errno) ||
                evidence.code == CURLE_COULDNT_RESOLVE_HOST) {
                return "no free file descriptor here; raise `ulimit -n` or lower --concurrency";
            }
            break;
        default:
            break;
    }
    return evidence.text.empty() ? std::string_view(curl_easy_strerror(evidence.code))
                                 : evidence.text;
}

}  // namespace nightshift::http
