// SHA-256, by OpenSSL.

#pragma once

#include <memory>
#include <string>
#include <string_view>

namespace nightshift {

class Sha256 {
public:
    Sha256();
    ~Sha256();
    Sha256(Sha256&&) noexcept;
    Sha256& operator=(Sha256&&) noexcept;
    void update(std::string_view bytes);
    std::string hex();  // 64 lower-case digits; ends the computation

private:
    struct Context;
    std::unique_ptr<Context> context_;
};

std::string sha256_hex(std::string_view bytes);

}  // namespace nightshift
