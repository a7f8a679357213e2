#include "manifest/reader.hpp"

#include "base/bounds.hpp"
#include "base/failure.hpp"
#include "json/json_scan.hpp"
#include "manifest/file_kind.hpp"
#include "manifest/source.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <string_view>
#include <utility>
#include <vector>

namespace nightshift {
namespace {

constexpr std::size_t chunk_bytes = 1u << 20;
constexpr std::size_t kind_bytes = 64u << 10;  // that its kind is told by
constexpr std::size_t padding_bytes = 64;      // what simdjson may read behind a line

// The name of an encoding that is not UTF-8, from the first bytes of a text, or "".
std::string_view foreign_encoding(std::string_view head) {
    const auto begins = [head](std::string_view bytes) {
        return head.substr(0, bytes.size()) == bytes;
    };
    if (begins({"\xFF\xFE\0\0", 4}) || begins({"\0\0\xFE\xFF", 4})) return "UTF-32";
    if (begins("\xFF\xFE") || begins("\xFE\xFF")) return "UTF-16";
    if (head.size() < 2) return {};
    if (head[0] == '\0' && head[1] != '\0') return "UTF-16BE";
    if (head[0] != '\0' && head[1] == '\0') {
        return head.size() >= 4 && head[2] == '\0' && head[3] == '\0' ? "UTF-32LE" : "UTF-16LE";
    }
    return {};
}

}  // namespace

struct ManifestReader::Work {
    enum class Mode { lines, document, ended, done };

    OnProblem on_problem;
    std::unique_ptr<Source> source;
    std::vector<char> buffer = std::vector<char>(chunk_bytes + padding_bytes);
    std::size_t begin = 0, end = 0;  // of the bytes not yet handed out
    bool source_ended = false;
    Mode mode = Mode::lines;
    bool is_document = false;
    IsOther looks_other;
    bool is_other = false;
    std::int64_t line = 1, column = 1;  // of `begin`

    std::string_view rest() const { return {buffer.data() + begin, end - begin}; }

    void tell(std::string what, std::string what_to_do) {
        on_problem({false, {}, line, column, std::move(what), std::move(what_to_do)});
    }

    bool fill();
    void advance(std::size_t bytes);
    void start();
    bool begins_document();
    bool next_line(RawLine& raw);
    bool next_element(RawLine& raw);
    std::size_t element_end();
    void end_document();
    void drop_line();
};

// Reads more behind `end`. False at the end of the file.
bool ManifestReader::Work::fill() {
    if (source_ended) return false;
    if (begin > 0) {
        std::memmove(buffer.data(), buffer.data() + begin, end - begin);
        end -= begin;
        begin = 0;
    }
    if (buffer.size() - padding_bytes - end < chunk_bytes / 2) {
        buffer.resize((buffer.size() - padding_bytes) * 2 + padding_bytes);
    }
    const std::size_t room = buffer.size() - padding_bytes - end;
    const std::size_t got = source->read(buffer.data() + end, room);
    end += got;
    if (got > 0) return true;
    source_ended = true;
    return false;
}

// Moves `begin`, keeping line and column.
void ManifestReader::Work::advance(std::size_t bytes) {
    const char* const from = buffer.data() + begin;
    const char* at = from;
    const char* const stop = from + bytes;
    while (const void* feed = std::memchr(at, '\n', static_cast<std::size_t>(stop - at))) {
        at = static_cast<const char*>(feed) + 1;
        ++line;
        column = 1;
    }
    column += stop - at;
    begin += bytes;
}

// The byte order mark, foreign encodings, and whether this is an Anthropic create document.
void ManifestReader::Work::start() {
    while (rest().size() < 4096 && fill()) {
    }
    const auto encoding = foreign_encoding(rest());
    if (!encoding.empty()) {
        tell(fmt::format("the file is {}, not UTF-8", encoding),
             fmt::format("convert it: iconv -f {} -t UTF-8", encoding));
        mode = Mode::ended;
        return;
    }
    if (rest().substr(0, 3) == "\xEF\xBB\xBF") begin += 3;
    if (looks_other && looks_other(rest())) {
        is_other = true;
        mode = Mode::ended;
        return;
    }
    if (begins_document()) return;
    const bool is_whole = source_ended && rest().size() <= kind_bytes;
    const auto kind = foreign_kind(rest().substr(0, kind_bytes), is_whole);
    if (!kind) return;
    tell(kind->what, kind->what_to_do);
    mode = Mode::ended;
}

// True when it is one: it is read on from its list.
bool ManifestReader::Work::begins_document() {
    const std::string_view text = rest();
    std::size_t at = 0;
    for (const std::string_view token : {"{", "\"requests\"", ":", "["}) {
        at = skip_space(text, at);
        if (text.substr(at, token.size()) != token) return false;
        at += token.size();
    }
    advance(at);
    mode = Mode::document;
    is_document = true;
    return true;
}

// Passes over the rest of a line that is too long.
void ManifestReader::Work::drop_line() {
    while (true) {
        const std::size_t feed = rest().find('\n');
        if (feed != std::string_view::npos) {
            advance(feed + 1);
            return;
        }
        advance(end - begin);
        if (!fill()) return;
    }
}

bool ManifestReader::Work::next_line(RawLine& raw) {
    std::size_t searched = 0;
    while (true) {
        const char* const from = buffer.data() + begin;
        const std::size_t have = end - begin;
        const void* feed = std::memchr(from + searched, '\n', have - searched);
        const bool found = feed != nullptr;
        const std::size_t size =
            found ? static_cast<std::size_t>(static_cast<const char*>(feed) - from) : have;
        if (size > limits::manifest_line_bytes) {
            tell(fmt::format("the line is longer than {} MiB", limits::manifest_line_bytes >> 20),
                 "put large media behind a link");
            drop_line();
            searched = 0;
            continue;
        }
        if (!found) {
            searched = have;
            if (fill()) continue;
            if (have == 0) return false;
        }
        std::string_view text(buffer.data() + begin, size);
        raw.line = line;
        raw.column = 1;
        begin += size + (found ? 1 : 0);
        ++line;
        searched = 0;
        while (!text.empty() && (text.back() == '\r' || text.back() == ' ')) text.remove_suffix(1);
        if (skip_space(text, 0) == text.size()) continue;
        raw.text = text;
        return true;
    }
}

// The size of the JSON value at `begin`, with as much read as it needs; 0 when the file ends
// inside. A value that is too long is told, passed over, and gives npos.
std::size_t ManifestReader::Work::element_end() {
    std::size_t at = 0, depth = 0;
    bool in_string = false, too_long = false;
    const auto look_at_size = [&](std::size_t size) {
        if (size <= limits::manifest_line_bytes || too_long) return;
        tell(fmt::format("the request is longer than {} MiB", limits::manifest_line_bytes >> 20),
             "put large media behind a link");
        too_long = true;
    };
    const auto end_at = [&](std::size_t size) {
        look_at_size(size);
        if (!too_long) return size;
        advance(size);
        return std::string::npos;
    };
    while (true) {
        const std::string_view text = rest();
        for (; at < text.size(); ++at) {
            const char c = text[at];
            if (in_string) {
                if (c == '\\') ++at;
                if (c == '"') in_string = false;
                continue;
            }
            if (c == '"') in_string = true;
            if (c == '{' || c == '[') ++depth;
            const bool closes = c == '}' || c == ']';
            if (depth == 0 && (c == ',' || closes)) return end_at(at);
            if (closes && --depth == 0) return end_at(at + 1);
        }
        look_at_size(at);
        if (too_long) {
            const std::size_t drop = std::min(at, text.size());
            advance(drop);
            at -= drop;
        }
        if (!fill()) return 0;
    }
}

bool ManifestReader::Work::next_element(RawLine& raw) {
    while (true) {
        std::size_t at = skip_space(rest(), 0);
        while (at < rest().size() && rest()[at] == ',') at = skip_space(rest(), at + 1);
        const bool all = at == rest().size();
        advance(at);
        if (all && fill()) continue;
        if (all) {
            tell("the document ends before its list of requests", "is the file whole?");
            mode = Mode::ended;
            return false;
        }
        if (rest().front() == ']') {
            advance(1);
            end_document();
            return false;
        }
        const std::size_t size = element_end();
        if (size == std::string::npos) continue;
        if (size == 0) {
            tell("the document ends in the middle of a request that begins here",
                 "is the file whole? Look for a missing quote or bracket");
            mode = Mode::ended;
            return false;
        }
        raw.text = rest().substr(0, size);
        raw.line = line;
        raw.column = column;
        advance(size);
        return true;
    }
}

// Behind the list only the document's own bracket may come.
void ManifestReader::Work::end_document() {
    mode = Mode::ended;
    std::size_t brackets = 0;
    do {
        for (const char c : rest()) {
            if (c == '}' && brackets == 0) {
                ++brackets;
            } else if (c != ' ' && c != '\t' && c != '\r' && c != '\n') {
                tell("text behind the list of requests was not read",
                     "a create document has nothing but \"requests\"");
                return;
            }
            advance(1);
        }
    } while (fill());
    if (brackets == 0) tell("the document's last '}' is missing", "is the file whole?");
}

ManifestReader::ManifestReader(const std::string& path, OnProblem on_problem, IsOther is_other)
    : work_(std::make_unique<Work>()) {
    work_->on_problem = std::move(on_problem);
    work_->looks_other = std::move(is_other);
    std::string refusal;
    work_->source = open_source(path, refusal);
    if (refusal.empty()) {
        work_->start();
    } else {
        work_->tell(refusal, "write JSON lines, plain or as .gz or .zst");
        work_->mode = Work::Mode::ended;
    }
}

ManifestReader::~ManifestReader() = default;

bool ManifestReader::is_document() const {
    return work_->is_document;
}

bool ManifestReader::is_other() const {
    return work_->is_other;
}

std::string ManifestReader::whole(std::size_t most_bytes) {
    while (work_->rest().size() <= most_bytes && work_->fill()) {
    }
    if (work_->rest().size() > most_bytes) {
        throw UsageError(
            fmt::format("the recipe is longer than {} MiB; put data into a file of "
                        "its own",
                        most_bytes >> 20));
    }
    return std::string(work_->rest());
}

bool ManifestReader::next(RawLine& line) {
    Work& work = *work_;
    if (work.mode == Work::Mode::lines && work.next_line(line)) return true;
    if (work.mode == Work::Mode::document && work.next_element(line)) return true;
    const std::string damage = work.source->damage();
    if (!damage.empty() && work.mode != Work::Mode::done) work.tell(damage, "is the file whole?");
    work.mode = Work::Mode::done;
    return false;
}

}  // namespace nightshift
