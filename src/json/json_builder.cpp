#include "json/json_builder.hpp"

#include "base/text/terminal_text.hpp"
#include "json/json_scan.hpp"

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <utility>

namespace nightshift {

namespace {

bool is_plain(unsigned char c) {
    return c >= 0x20 && c < 0x7F && c != '"' && c != '\\';
}

// Of eight bytes at once, by the arithmetic of zeroes and small numbers in a word
// (https://graphics.stanford.edu/~seander/bithacks.html#ZeroInWord).
bool are_plain(const char* eight) {
    constexpr std::uint64_t ones = 0x0101010101010101, highs = 0x8080808080808080;
    std::uint64_t word = 0;
    std::memcpy(&word, eight, sizeof word);
    const auto has_zero = [](std::uint64_t w) { return (w - ones) & ~w & highs; };
    const auto below_space = (word - ones * 0x20) & ~word & highs;
    return (word & highs) == 0 && below_space == 0 && has_zero(word ^ (ones * '"')) == 0 &&
           has_zero(word ^ (ones * '\\')) == 0 && has_zero(word ^ (ones * 0x7F)) == 0;
}

// Nearly all of any text.
std::size_t plain_end(std::string_view text, std::size_t from) {
    while (text.size() - from >= 8 && are_plain(text.data() + from)) from += 8;
    while (from < text.size() && is_plain(static_cast<unsigned char>(text[from]))) ++from;
    return from;
}

void append_escape(std::string& out, unsigned char c) {
    static constexpr std::string_view digits = "0123456789abcdef";
    out += '\\';
    switch (c) {
        case '\n':
            out += 'n';
            return;
        case '\r':
            out += 'r';
            return;
        case '\t':
            out += 't';
            return;
        case '"':
        case '\\':
            out += static_cast<char>(c);
            return;
        default:
            out += "u00";
            out += digits[c >> 4];
            out += digits[c & 15];
    }
}

}  // namespace

void append_json_quoted(std::string& out, std::string_view text) {
    out += '"';
    for (std::size_t i = 0; i < text.size();) {
        const auto end = plain_end(text, i);
        out.append(text, i, end - i);
        if (end == text.size()) break;
        i = end;
        const auto c = static_cast<unsigned char>(text[i]);
        if (c < 0x80) {
            append_escape(out, c);
            ++i;
            continue;
        }
        const std::size_t length = utf8_length(text.substr(i));
        out.append(length > 0 ? text.substr(i, length) : "\xEF\xBF\xBD");
        i += std::max<std::size_t>(length, 1);
    }
    out += '"';
}

std::string json_quote(std::string_view text) {
    std::string out;
    out.reserve(text.size() + 2);
    append_json_quoted(out, text);
    return out;
}

RawJson::RawJson() {
    nodes_.emplace_back();
}

void RawJson::clear() {
    nodes_.resize(1);
    nodes_.front() = Node{};
    kept_.clear();
}

std::string_view RawJson::keep(std::string text) {
    kept_.push_back(std::move(text));
    return kept_.back();
}

std::size_t RawJson::child(std::size_t node, std::string_view name) const {
    for (std::size_t i = nodes_[node].first; i != none; i = nodes_[i].next) {
        if (json_key_is(nodes_[i].key, name)) return i;
    }
    return none;
}

std::size_t RawJson::add(std::size_t node, std::string_view key, std::string_view leaf) {
    const std::size_t created = nodes_.size();
    nodes_.push_back({key, leaf});
    Node& parent = nodes_[node];
    if (parent.last == none) {
        parent.first = created;
    } else {
        nodes_[parent.last].next = created;
    }
    parent.last = created;
    return created;
}

// A leaf that is an object as text becomes one with children, one level deep.
void RawJson::open(std::size_t node) {
    const std::string_view text = nodes_[node].leaf;
    nodes_[node].leaf = {};
    JsonMembers members(text);
    JsonMember member;
    while (members.next(member)) add(node, member.key, member.value);
}

bool RawJson::set(std::string_view pointer, std::string_view value) {
    std::size_t node = 0;
    while (true) {
        const std::size_t end = std::min(pointer.find('/', 1), pointer.size());
        const std::string_view name = pointer.substr(1, end - 1);
        pointer.remove_prefix(end);
        const std::size_t found = child(node, name);
        if (pointer.empty()) {
            if (found != none) return false;
            add(node, name, value);
            return true;
        }
        if (found == none) {
            node = add(node, name, {});
            continue;
        }
        const std::string_view leaf = nodes_[found].leaf;
        if (!leaf.empty() && leaf.front() != '{') return false;
        if (!leaf.empty()) open(found);
        node = found;
    }
}

std::optional<std::string> RawJson::merge(std::string_view object) {
    std::string path;
    if (merge_into(0, object, path)) return std::nullopt;
    return path;
}

// Recursion is as deep as the merged text, which its parser has bounded.
bool RawJson::merge_into(std::size_t node, std::string_view object, std::string& path) {
    JsonMembers members(object);
    JsonMember member;
    while (members.next(member)) {
        const std::string name = unescaped_json(member.key);
        const std::size_t found = child(node, name);
        if (found == none) {
            add(node, member.key, member.value);
            continue;
        }
        const std::size_t length = path.size();
        path += '/' + pointer_token(name);
        const std::string_view leaf = nodes_[found].leaf;
        if (member.value.front() != '{' || (!leaf.empty() && leaf.front() != '{')) return false;
        if (!leaf.empty()) open(found);
        if (!merge_into(found, member.value, path)) return false;
        path.resize(length);
    }
    return true;
}

bool RawJson::has(std::string_view pointer) const {
    std::size_t node = 0;
    while (!pointer.empty()) {
        if (!nodes_[node].leaf.empty()) return json_at(nodes_[node].leaf, pointer).has_value();
        const std::size_t end = std::min(pointer.find('/', 1), pointer.size());
        node = child(node, pointer.substr(1, end - 1));
        if (node == none) return false;
        pointer.remove_prefix(end);
    }
    return true;
}

void RawJson::write(std::string& out) const {
    write_node(0, out);
}

void RawJson::write_node(std::size_t node, std::string& out) const {
    if (!nodes_[node].leaf.empty()) {
        out += nodes_[node].leaf;
        return;
    }
    out += '{';
    for (std::size_t i = nodes_[node].first; i != none; i = nodes_[i].next) {
        if (i != nodes_[node].first) out += ',';
        out += '"';
        out += nodes_[i].key;
        out += "\":";
        write_node(i, out);
    }
    out += '}';
}

}  // namespace nightshift
