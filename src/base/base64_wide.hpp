// Base64 decoded 32 digits at once, where the processor can (AVX2).

#pragma once

namespace nightshift {

// Decodes blocks of 32 digits of either alphabet, up to the first block that has something else,
// and moves both pointers behind what it did; nothing where the processor cannot. Stores 32 bytes
// for each 24, so `to` needs eight to spare.
void decode_base64_blocks(const unsigned char*& from, const unsigned char* end, char*& to);

}  // namespace nightshift
