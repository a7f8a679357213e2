// An object that is put together from JSON texts and written out with their very bytes: numbers,
// escapes and inner white space of a value stay as they were written. Order is that of insertion.

#pragma once

#include <cstddef>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace nightshift {

// `text` as a JSON string, in quotes. Bytes that are no valid UTF-8 become U+FFFD.
std::string json_quote(std::string_view text);
void append_json_quoted(std::string& out, std::string_view text);

// Every text handed in, pointers too, must stay alive until `write` (or be kept by `keep`); values
// must be valid JSON.
class RawJson {
public:
    RawJson();

    // An empty object again; keeps its memory.
    void clear();
    // Takes a text over and gives a view of it that lives until `clear`.
    std::string_view keep(std::string text);

    // Puts a value at a JSON pointer of plain keys, making the objects on the way. False, and
    // nothing changed, when there is a value at the pointer or a leaf above it.
    bool set(std::string_view pointer, std::string_view value);
    // Merges an object deep: objects into objects; any other value only where nothing is.
    // Returns the JSON pointer of the first member that both give; members before it were merged.
    std::optional<std::string> merge(std::string_view object);
    bool has(std::string_view pointer) const;

    // Appends the object, compact but for the bytes of its leaves.
    void write(std::string& out) const;

private:
    static constexpr std::size_t none = static_cast<std::size_t>(-1);
    struct Node {
        std::string_view key;   // as written, without quotes
        std::string_view leaf;  // empty: an object with the children below
        std::size_t first = none, last = none, next = none;
    };
    std::size_t child(std::size_t node, std::string_view name) const;
    std::size_t add(std::size_t node, std::string_view key, std::string_view leaf);
    void open(std::size_t node);
    bool merge_into(std::size_t node, std::string_view object, std::string& path);
    void write_node(std::size_t node, std::string& out) const;

    std::vector<Node> nodes_;
    std::deque<std::string> kept_;
};

}  // namespace nightshift
