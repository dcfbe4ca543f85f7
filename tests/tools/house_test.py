#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Tests of tools/house.py: small trees, each of which breaks one rule."""

import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

TOOL = Path(__file__).resolve().parents[2] / "tools" / "house.py"
SPDX = "/* SPDX-License-Identifier: MIT */\n"

# A tree that keeps every rule; each test changes something in it.
GOOD = {
    "include/ixhr2/ixhr2.h": "/* The version, a constant. */\nconst char *ixhr2_version(void);\n",
    "src/base/span.h": "/* How long. */\nint span_len(void);\n",
    "src/base/span.c": '#include "base/span.h"\n\nint span_len(void)\n{\n\treturn 1;\n}\n',
    "src/http/url.h": "/* Parses. */\nint url_parse(void);\n",
    "src/http/url.c": '#include "http/url.h"\n#include "base/span.h"\n#include <idn2.h>\n\n'
                      "int url_parse(void)\n{\n\treturn span_len();\n}\n",
    "src/com/create.c": '#include "ixhr2/ixhr2.h"\n\n'
                        'const char *ixhr2_version(void)\n{\n\treturn "free(x)";\n}\n',
    "cli/main.c": "#include <ixhr2.h>\n#include <jansson.h>\n\n"
                  "int main(void)\n{\n\treturn !ixhr2_version();\n}\n",
    "tests/http/url.c": '#include <cmocka.h>\n#include "http/url.h"\n\n'
                        "int main(void)\n{\n\treturn url_parse();\n}\n",
}


def house(changes):
    """The tool's exit status and output for GOOD with changes; None takes a file away."""
    with tempfile.TemporaryDirectory() as folder:
        for path, text in {**GOOD, **changes}.items():
            if text is None:
                continue
            file = Path(folder, path)
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text if text.startswith("bare") else SPDX + text)
        done = subprocess.run([sys.executable, TOOL, folder], capture_output=True, text=True,
                              check=False)
        return done.returncode, done.stdout + done.stderr


def function(name, lines, head="int {}(void)"):
    """A function of so many lines."""
    return head.format(name) + "\n{\n" + "\t;\n" * (lines - 3) + "}\n"


class HouseTest(unittest.TestCase):
    def assert_kept(self, changes):
        status, output = house(changes)
        self.assertEqual(status, 0, output)
        return output

    def assert_breach(self, changes, *expected):
        status, output = house(changes)
        self.assertEqual(status, 1, output)
        for text in expected:
            self.assertIn(text, output)
        self.assertEqual(output.count("\n"), len(expected) + 2, output)

    def test_a_good_tree_passes_and_is_measured(self):
        output = self.assert_kept({})
        self.assertIn("4 .c files: median 8 lines, longest 9", output)
        self.assertIn("4 functions: median 4 lines, 90 % up to 4, longest 4", output)

    def test_the_project_itself_is_read(self):
        done = subprocess.run([sys.executable, TOOL], capture_output=True, text=True, check=False)
        self.assertEqual(done.stderr, "")
        self.assertIn(".c files: median", done.stdout)

    def test_an_include_against_the_layers(self):
        self.assert_breach({"src/base/up.h": '#include "http/url.h"\n'},
                           "src/base/up.h:2: src/base may not include src/http/url.h")

    def test_com_sees_two_headers_of_engine_only(self):
        engine = {f"src/engine/{name}.h": "" for name in ("session", "request", "pool")}
        include = "".join(f'#include "engine/{name}.h"\n' for name in ("session", "request"))
        self.assert_kept({**engine, "src/com/xhr.c": include})
        self.assert_breach({**engine, "src/com/xhr.c": include + '#include "engine/pool.h"\n'},
                           "src/com/xhr.c:4: src/com may not include src/engine/pool.h")

    def test_the_command_sees_the_public_headers_only(self):
        self.assert_breach({"cli/get.c": '#include "base/span.h"\n'},
                           "cli/get.c:2: cli may not include src/base/span.h")

    def test_an_include_that_leads_nowhere(self):
        self.assert_breach({"src/base/up.h": '#include "base/gone.h"\n'},
                           'src/base/up.h:2: "base/gone.h" is no file of the project')

    def test_an_include_not_written_from_src(self):
        self.assert_breach({"src/http/field.h": '#include "url.h"\n'},
                           'src/http/field.h:2: "url.h" is to be written from src/')

    def test_a_library_header_outside_its_door(self):
        self.assert_breach({"src/net/tcp.c": "#include <uv.h>\n"},
                           "src/net/tcp.c:2: uv.h is for src/net/loop")
        self.assert_breach({"src/http/h1.c": "#include <openssl/evp.h>\n"},
                           "src/http/h1.c:2: openssl/evp.h is for src/base/crypto.c")
        self.assert_breach({"cli/get.c": "#include <cmocka.h>\n"},
                           "cli/get.c:2: cmocka.h is for tests only")

    def test_a_library_header_inside_its_door(self):
        self.assert_kept({"src/net/loop.c": "#include <uv.h>\n",
                          "tests/net/loop.c": "#include <uv.h>\n",
                          "src/base/hash.c": "#include <openssl/evp.h>\n"})

    def test_headers_that_include_each_other(self):
        self.assert_breach({"src/base/a.h": '#include "base/b.h"\n',
                            "src/base/b.h": '#include "base/a.h"\n'},
                           "src/base/a.h > src/base/b.h > src/base/a.h")

    def test_modules_that_call_each_other(self):
        self.assert_breach(
            {"src/base/a.c": "int a_do(void)\n{\n\treturn b_do();\n}\n",
             "src/base/b.c": "int b_do(void)\n{\n\treturn c_do();\n}\n",
             "src/base/c.h": "static inline int c_do(void)\n{\n\treturn a_do();\n}\n"},
            "calls in a circle: a > b > c > a")

    def test_an_address_that_is_handed_up_is_no_call(self):
        self.assert_kept({"src/base/a.c": "int a_do(void)\n{\n\treturn b_do(a_do);\n}\n",
                          "src/base/b.c": "int b_do(fn *run)\n{\n"
                                          "\treturn run(a_do) + x->a_do();\n}\n"})

    def test_a_static_function_of_the_same_name_is_another_one(self):
        self.assert_kept({"src/base/a.c": "static int put(void)\n{\n\treturn 1;\n}\n\n"
                                          "int a_do(void)\n{\n\treturn put() + b_do();\n}\n",
                          "src/base/b.c": "int put(void)\n{\n\treturn 2;\n}\n\n"
                                          "int b_do(void)\n{\n\treturn put();\n}\n",
                          "tests/base/a.c": "int x = a_do();\n"})

    def test_allocation_outside_base_mem(self):
        self.assert_breach({"src/net/tcp.c": "static void f(void)\n{\n\tfree(strdup(x));\n}\n"},
                           "src/net/tcp.c:4: free is for base/mem only",
                           "src/net/tcp.c:4: strdup is for base/mem only")
        self.assert_kept({"src/base/mem.c": "static void f(void)\n{\n\tfree(x);\n}\n",
                          "src/net/tcp.c": "/* free(x) */\n"
                                         "static void f(void)\n{\n\tx->free(y);\n}\n",
                          "cli/get.c": "static void f(void)\n{\n\tfree(x);\n}\n"})

    def test_a_long_file(self):
        self.assert_kept({"cli/get.c": ";\n" * 799})
        self.assert_breach({"cli/get.c": ";\n" * 800}, "cli/get.c:1: 801 lines; at most 800")

    def test_a_long_function(self):
        self.assert_kept({"cli/get.c": function("get", 80, "static int {}(void)")})
        self.assert_breach({"cli/get.c": function("get", 80, "static int {}(int a,\n\tint b)")},
                           "cli/get.c:2: get: 81 lines; at most 80")

    def test_many_parameters_are_a_warning(self):
        output = self.assert_kept({
            "cli/get.c": "static int get(int a, void (*b)(int, int), int c, int d, int e, int f)\n"
                         "{\n\t;\n}\n"})
        self.assertIn("warning: cli/get.c:2: get: 6 parameters", output)

    def test_a_declaration_without_a_comment(self):
        self.assert_breach({"src/base/span.h": "/* A span. */\n\n"
                                               "MUST_USE enum err *span_len(void);\n"},
                           "src/base/span.h:4: span_len is declared without a comment")
        self.assert_breach({"include/ixhr2/ixhr2.h": '#ifdef __cplusplus\nextern "C" {\n#endif\n\n'
                            "IXHR2_API const char *ixhr2_version(void);\n\n}\n"},
                           "include/ixhr2/ixhr2.h:6: ixhr2_version is declared without a comment")

    def test_a_comment_covers_a_group(self):
        self.assert_kept({"src/base/span.h": "BEGIN\n\n/* Lengths. */\nint span_len(void);\n"
                          "int span_max(int a,\n\t     int b);\nint span_min(void);\n"})

    def test_what_is_no_declaration_needs_no_comment(self):
        self.assert_kept({"src/base/span.h": "/* How long. */\nint span_len(void);\n\n"
                          "typedef void run_fn(int a);\n\n"
                          "_Static_assert(sizeof(int) == 4, \"\");\n\n"
                          "struct ops {\n\tvoid (*run)(void);\n};\n\n"
                          "extern const struct ops span_ops;\n\n"
                          "static inline int span_twice(void)\n{\n\treturn f(1);\n}\n"})

    def test_a_function_that_could_be_static(self):
        self.assert_breach({"tests/http/url.c": None},
                           "src/http/url.c:6: url_parse is used in no other file")
        self.assert_breach({"tests/http/url.c": "/* url_parse() */\nint url_parse(void);\n"},
                           "src/http/url.c:6: url_parse is used in no other file")

    def test_use_by_a_header_counts(self):
        self.assert_kept({"tests/http/url.c": None,
                          "src/http/look.h": "#define LOOK() url_parse()\n"})

    def test_a_file_without_its_licence(self):
        self.assert_breach({"src/base/span.c": "bare;\n"},
                           "src/base/span.c:1: no line SPDX-License-Identifier: MIT at the top")
        self.assert_breach({"run": "bare\n"},
                           "run:1: no line SPDX-License-Identifier: MIT at the top")


if __name__ == "__main__":
    unittest.main()
