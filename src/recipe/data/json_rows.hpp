// Rows that are JSON objects: a line each (JSONL), or the elements of one list, read one by one.

#pragma once

#include "recipe/data/byte_reader.hpp"
#include "recipe/data/row.hpp"

#include <memory>
#include <string>

namespace nightshift::recipe {

// What is no object is a problem of that row alone.
class JsonlReader : public RowSource {
public:
    JsonlReader(std::unique_ptr<Source> source, std::string name, OnProblem on_problem);
    bool next(Row& row) override;

private:
    std::string name_;
    OnProblem on_problem_;
    ByteReader bytes_;
    std::string text_;
    std::int64_t rows_ = 0;
    bool ended_ = false;
};

class JsonListReader : public RowSource {
public:
    JsonListReader(std::unique_ptr<Source> source, std::string name, OnProblem on_problem);
    bool next(Row& row) override;

private:
    bool begin();
    bool element();
    bool stop(std::string what, std::string what_to_do);

    std::string name_;
    OnProblem on_problem_;
    ByteReader bytes_;
    std::string text_;       // of the present element
    std::int64_t line_ = 0;  // where it begins
    std::int64_t rows_ = 0;
    bool ended_ = false;
};

}  // namespace nightshift::recipe
