// PNG files (W3C PNG, second edition): 8-bit palette, one IDAT, compressed with zlib.
#pragma once

#include "sandbox/media/picture.hpp"

#include <string>

namespace nightshift::sandbox {

std::string png(const Picture& picture);

}  // namespace nightshift::sandbox
