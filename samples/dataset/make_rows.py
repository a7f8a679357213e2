#!/usr/bin/env python3
"""Writes a manifest of 1,000 tasks to standard output: a dataset of exercises with their answers.

    python3 samples/dataset/make_rows.py >rows.jsonl
    nightshift check rows.jsonl
    nightshift run rows.jsonl --limit 3      # look at three before you pay for all
    nightshift run rows.jsonl

Every row asks for JSON of one form (`response_format`) and is only taken when the answer has it
(`expect`). What a row is about stands in its metadata, its part of the dataset in its tags.
"""

import argparse
import json

TOPICS = {
    "fractions": "分数",
    "percentages": "百分数",
    "linear equations": "一次方程",
    "geometry of circles": "圆的几何",
    "probability": "概率",
    "units and conversions": "单位换算",
    "reading a timetable": "看时刻表",
    "ratios": "比和比例",
    "powers and roots": "乘方与开方",
    "mean and median": "平均数与中位数",
}
LEVELS = ["easy", "medium", "hard", "competition", "word problem"]
SYSTEM = {
    "en": "You write exercises for a school book. Answer with one JSON object and nothing else.",
    "zh": "你为教科书编写练习题。只回答一个 JSON 对象。",
}
SCHEMA = {
    "type": "object",
    "required": ["question", "steps", "answer"],
    "additionalProperties": False,
    "properties": {
        "question": {"type": "string", "minLength": 1},
        "steps": {"type": "array", "items": {"type": "string"}, "minItems": 1},
        "answer": {"type": "string", "minLength": 1},
    },
}


def part_of(number):
    """Eight of ten rows are for training, one for validation, one for the test."""
    return {8: "validation", 9: "test"}.get(number % 10, "train")


def prompt_of(language, topic, level, number):
    if language == "zh":
        return f"编写第 {number} 道练习题。主题：{TOPICS[topic]}；难度：{level}。与前面的题目不同。"
    return f"Write exercise {number}. Topic: {topic}; level: {level}. Make it unlike the others."


def row(number, model):
    language = "zh" if number % 2 else "en"
    topic = list(TOPICS)[number // 2 % len(TOPICS)]
    level = LEVELS[number // (2 * len(TOPICS)) % len(LEVELS)]
    form = {"name": "exercise", "strict": True, "schema": SCHEMA}
    return {
        "id": f"{TOPICS[topic] if language == 'zh' else topic.replace(' ', '-')}-{number:04}",
        "model": model,
        "system": SYSTEM[language],
        "prompt": prompt_of(language, topic, level, number),
        "max_tokens": 1200,
        "params": {"response_format": {"type": "json_schema", "json_schema": form}},
        "expect": {"json_schema": SCHEMA},
        "tags": [part_of(number)],
        "metadata": {"language": language, "topic": topic, "level": level},
    }


def main():
    parser = argparse.ArgumentParser(description="Writes the manifest of a dataset.")
    parser.add_argument("--rows", type=int, default=1000)
    parser.add_argument("--model", default="gpt-5.4", help="one that takes response_format")
    arguments = parser.parse_args()
    for number in range(arguments.rows):
        print(json.dumps(row(number, arguments.model), ensure_ascii=False))


if __name__ == "__main__":
    main()
