// The walks behind facts_of, one for each format. Each takes a source whose format is known and
// ends after a bounded number of steps, whatever the bytes say.

#pragma once

#include "files/media/byte_source.hpp"
#include "files/media/media.hpp"

namespace nightshift {

void png_facts(ByteSource& source, MediaFacts& facts);
void jpeg_facts(ByteSource& source, MediaFacts& facts);
void webp_facts(ByteSource& source, MediaFacts& facts);
void gif_facts(ByteSource& source, MediaFacts& facts);

void wav_facts(ByteSource& source, MediaFacts& facts);
void mp3_facts(ByteSource& source, MediaFacts& facts);
void aac_facts(ByteSource& source, MediaFacts& facts);
void flac_facts(ByteSource& source, MediaFacts& facts);
void ogg_facts(ByteSource& source, MediaFacts& facts);

void mp4_facts(ByteSource& source, MediaFacts& facts);
void webm_facts(ByteSource& source, MediaFacts& facts);

// Length in bytes of the MPEG audio or ADTS frame whose header `bytes` begins with; 0: no header.
struct AudioFrame {
    std::size_t bytes = 0;
    double duration_s = 0;
};
AudioFrame mp3_frame(std::string_view bytes);
AudioFrame aac_frame(std::string_view bytes);

}  // namespace nightshift
