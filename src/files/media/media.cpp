#include "files/media/media.hpp"

#include "files/media/media_facts.hpp"

#include <algorithm>
#include <array>

namespace nightshift {
namespace {

using namespace std::string_view_literals;

struct Row {
    Format format;
    std::string_view extension;
    std::string_view media_type;
};

constexpr std::array<Row, 16> rows = {{
    {Format::unknown, "bin", "application/octet-stream"},
    {Format::png, "png", "image/png"},
    {Format::jpeg, "jpg", "image/jpeg"},
    {Format::webp, "webp", "image/webp"},
    {Format::gif, "gif", "image/gif"},
    {Format::mp4, "mp4", "video/mp4"},
    {Format::webm, "webm", "video/webm"},
    {Format::wav, "wav", "audio/wav"},
    {Format::mp3, "mp3", "audio/mpeg"},
    {Format::flac, "flac", "audio/flac"},
    {Format::ogg, "ogg", "audio/ogg"},
    {Format::aac, "aac", "audio/aac"},
    {Format::pcm, "pcm", "audio/pcm"},
    {Format::json, "json", "application/json"},
    {Format::html, "html", "text/html"},
    {Format::xml, "xml", "application/xml"},
}};

const Row& row_of(Format format) {
    for (const auto& row : rows) {
        if (row.format == format) return row;
    }
    return rows.front();
}

// A frame header alone is two bytes of evidence; where the next one is in sight it must fit.
bool is_framed(std::string_view head, AudioFrame (*frame_at)(std::string_view)) {
    const auto frame = frame_at(head);
    if (frame.bytes == 0) return false;
    if (head.size() < frame.bytes + 8) return true;
    const auto next = head.substr(frame.bytes);
    return frame_at(next).bytes != 0 || next.starts_with("TAG") || next.starts_with("ID3");
}

// "ftyp" boxes also begin images of the HEIF family, which are no videos.
bool is_video_brand(std::string_view head) {
    constexpr std::array images = {"avif"sv, "avis"sv, "heic"sv, "heix"sv, "heim"sv,
                                   "heis"sv, "hevc"sv, "mif1"sv, "msf1"sv};
    return std::find(images.begin(), images.end(), head.substr(8, 4)) == images.end();
}

bool begins_folded(std::string_view text, std::string_view lower) {
    if (text.size() < lower.size()) return false;
    return std::equal(lower.begin(), lower.end(), text.begin(), [](char a, char b) {
        return a == (b >= 'A' && b <= 'Z' ? static_cast<char>(b + 32) : b);
    });
}

Format text_format_of(std::string_view head) {
    if (head.starts_with("\xEF\xBB\xBF")) head.remove_prefix(3);
    constexpr auto space = " \t\r\n"sv;
    const auto begin = head.find_first_not_of(space);
    if (begin == std::string_view::npos) return Format::unknown;
    const auto text = head.substr(begin);
    const auto second = text.find_first_not_of(space, 1);
    const char next = second == std::string_view::npos ? '\0' : text[second];
    if (text.front() == '{') {
        return next == '"' || next == '}' ? Format::json : Format::unknown;
    }
    if (text.front() == '[') {
        return "\"{[]-0123456789tfn"sv.find(next) != std::string_view::npos ? Format::json
                                                                            : Format::unknown;
    }
    for (const auto mark : {"<!doctype html"sv, "<html"sv, "<head"sv, "<body"sv, "<script"sv}) {
        if (begins_folded(text, mark)) return Format::html;
    }
    const bool named = (next >= 'a' && next <= 'z') || (next >= 'A' && next <= 'Z');
    if (text.front() == '<' && second == 1 && (named || next == '?' || next == '!')) {
        return Format::xml;
    }
    return Format::unknown;
}

MediaFacts facts_of_source(ByteSource& source) {
    MediaFacts facts;
    facts.format = format_of(source.at(0, 4096));
    switch (facts.format) {
        case Format::png:
            png_facts(source, facts);
            break;
        case Format::jpeg:
            jpeg_facts(source, facts);
            break;
        case Format::webp:
            webp_facts(source, facts);
            break;
        case Format::gif:
            gif_facts(source, facts);
            break;
        case Format::mp4:
            mp4_facts(source, facts);
            break;
        case Format::webm:
            webm_facts(source, facts);
            break;
        case Format::wav:
            wav_facts(source, facts);
            break;
        case Format::mp3:
            mp3_facts(source, facts);
            break;
        case Format::flac:
            flac_facts(source, facts);
            break;
        case Format::ogg:
            ogg_facts(source, facts);
            break;
        case Format::aac:
            aac_facts(source, facts);
            break;
        default:
            facts.complete = true;
            break;
    }
    return facts;
}

}  // namespace

Format format_of(std::string_view head) {
    if (head.starts_with("\x89PNG\r\n\x1a\n"sv)) return Format::png;
    if (head.starts_with("\xff\xd8\xff"sv)) return Format::jpeg;
    if (head.starts_with("GIF87a"sv) || head.starts_with("GIF89a"sv)) return Format::gif;
    const auto container = head.substr(0, 4);
    if (container == "RIFF"sv || container == "RF64"sv) {
        const auto form = head.substr(std::min<std::size_t>(8, head.size()), 4);
        if (form == "WEBP"sv) return Format::webp;
        if (form == "WAVE"sv) return Format::wav;
        return Format::unknown;
    }
    if (head.size() >= 12 && head.substr(4, 4) == "ftyp"sv) {
        return is_video_brand(head) ? Format::mp4 : Format::unknown;
    }
    if (head.starts_with("\x1a\x45\xdf\xa3"sv)) return Format::webm;
    if (head.starts_with("fLaC"sv)) return Format::flac;
    if (head.starts_with("OggS"sv)) return Format::ogg;
    if (head.starts_with("ID3"sv)) return Format::mp3;
    if (is_framed(head, mp3_frame)) return Format::mp3;
    if (is_framed(head, aac_frame)) return Format::aac;
    return text_format_of(head);
}

MediaFacts facts_of(std::string_view bytes) {
    MemorySource source(bytes);
    return facts_of_source(source);
}

MediaFacts facts_of_file(DiskFile& file) {
    FileSource source(file);
    return facts_of_source(source);
}

bool is_image(Format format) {
    return format == Format::png || format == Format::jpeg || format == Format::webp ||
           format == Format::gif;
}

bool is_video(Format format) {
    return format == Format::mp4 || format == Format::webm;
}

bool is_audio(Format format) {
    return format == Format::wav || format == Format::mp3 || format == Format::flac ||
           format == Format::ogg || format == Format::aac || format == Format::pcm;
}

std::string_view extension_of(Format format) {
    return row_of(format).extension;
}

std::string_view media_type_of(Format format) {
    return row_of(format).media_type;
}

}  // namespace nightshift
