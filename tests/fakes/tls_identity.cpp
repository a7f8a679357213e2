#include "tests/fakes/tls_identity.hpp"

#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <atomic>
#include <cstdlib>
#include <filesystem>

namespace nightshift::test {
namespace {

void add_extension(X509* certificate, int kind, const std::string& value) {
    auto* extension = X509V3_EXT_conf_nid(nullptr, nullptr, kind, value.c_str());
    X509_add_ext(certificate, extension, -1);
    X509_EXTENSION_free(extension);
}

}  // namespace

Identity::Identity(const Wanted& wanted) {
    static std::atomic<long> serial = 1;
    key = EVP_EC_gen("P-256");
    certificate = X509_new();
    X509_set_version(certificate, 2);
    ASN1_INTEGER_set(X509_get_serialNumber(certificate), serial);
    X509_gmtime_adj(X509_getm_notBefore(certificate), wanted.from_s);
    X509_gmtime_adj(X509_getm_notAfter(certificate), wanted.until_s);
    X509_set_pubkey(certificate, key);
    const auto common_name = "test " + std::to_string(serial++);
    auto* name = X509_get_subject_name(certificate);
    X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC,
                               reinterpret_cast<const unsigned char*>(common_name.c_str()), -1, -1,
                               0);
    const auto* issuer = wanted.issuer != nullptr ? wanted.issuer : this;
    X509_set_issuer_name(certificate, X509_get_subject_name(issuer->certificate));
    add_extension(certificate, NID_subject_alt_name, wanted.names);
    if (wanted.issuer == nullptr) add_extension(certificate, NID_basic_constraints, "CA:TRUE");
    X509_sign(certificate, issuer->key, EVP_sha256());
    path = (std::filesystem::temp_directory_path() / "nightshift-XXXXXX").string();
    FILE* file = fdopen(mkstemp(path.data()), "w");
    PEM_write_X509(file, certificate);
    fclose(file);
}

Identity::~Identity() {
    X509_free(certificate);
    EVP_PKEY_free(key);
    std::filesystem::remove(path);
}

}  // namespace nightshift::test
