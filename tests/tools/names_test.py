#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Tests of tools/names.py: what it finds in a header, how it tells it, and whether
docs/porting.md is what it would write."""

import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
TOOL = ROOT / "tools" / "names.py"

MARKS = ("<!-- names: listed by tools/names.py from include/ixhr2 -->",
         "<!-- end of names -->")
DOCUMENT = f"# Before\n\n{MARKS[0]}\nold\n{MARKS[1]}\n\nBehind.\n"
HEAD = "| header | functions, and macros with arguments | types | constants, and other macros |"

EVENTS = """/* SPDX-License-Identifier: MIT */
#ifndef IXHR2_EVENTS_H
#define IXHR2_EVENTS_H
#define EVENT_ONE 1
#define EVENT_TWO 2 /* not: #define EVENT_SIX 6 */
#define EVENT_THREE 3
#define EVENT_FOUR 4
#define INFINITE 5
typedef struct _EVENT_INFO {
	int dwSize; /* typedef int never; */
	union {
		int a;
	} either;
} EVENT_INFO, *PEVENT_INFO;
typedef enum tagKIND { KIND_A, KIND_B = 7 } KIND;
typedef int (CALLBACK *PEVENT_FN)(int a, int b);
IXHR2_API int ixhr2_set_event(int event);
IXHR2_API int SetEvent(int event);
static inline int OpenEventW(const wchar_t *name)
{
	int inner = SetEvent(0);
	return inner;
}
static inline int OpenEventA(const char *name)
{
	return 0;
}
#define OpenEvent OpenEventW
struct IMine : public IUnknown {
	virtual int Method() = 0;
};
#define IMine_Method(This) ((This)->lpVtbl->Method((This)))
DEFINE_GUID(IID_IMine, 1, 2, 3);
#endif
"""


class NamesTest(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)
        self.write("docs/porting.md", DOCUMENT)

    def write(self, path, text):
        file = Path(self.folder.name, path)
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")

    def run_tool(self, *arguments, root=None):
        done = subprocess.run([sys.executable, TOOL, *arguments, root or self.folder.name],
                              capture_output=True, text=True, check=False)
        return done.returncode, done.stdout + done.stderr

    def listed(self):
        self.assertEqual(self.run_tool(), (0, ""))
        text = Path(self.folder.name, "docs/porting.md").read_text(encoding="utf-8")
        before, list_and_marks = text.split(MARKS[0])
        list_, behind = list_and_marks.split(MARKS[1])
        self.assertEqual((before, behind), ("# Before\n\n", "\n\nBehind.\n"))
        return list_.strip().splitlines()

    def test_names_are_listed_by_kind(self):
        self.write("include/ixhr2/events.h", EVENTS)
        self.assertEqual(self.listed(), [
            "17 names in 1 headers.", "", HEAD, "|---|---|---|---|",
            r"| `events.h` | OpenEvent(W, A), SetEvent | EVENT\_INFO, IMine, KIND, "
            r"PEVENT\_FN, PEVENT\_INFO | EVENT\_… (4), IID\_IMine, INFINITE, KIND\_A, "
            r"KIND\_B |"])

    def test_other_spellings_and_headers_without_names_are_not_listed(self):
        self.write("include/ixhr2/events.h", "#define ONE 1\n")
        self.write("include/ixhr2/Events.h",
                   "/* Another spelling of events.h. */\n#define TWO 2\n")
        self.write("include/ixhr2/inside.h", "#define IXHR2_INSIDE_H\n#define IXHR2_X 1\n")
        self.write("include/ixhr2/ixhr2.h", "#define OURS 1\n")
        self.assertEqual(self.listed()[4:], ["| `events.h` |  |  | ONE |"])

    def test_what_a_macro_makes_for_several_types_is_listed(self):
        self.write("include/ixhr2/atomic.h", "#define IXHR2_MAKE(type, end) \\\n"
                   "\tstatic inline type Swap##end(type *a)\nIXHR2_MAKE(int, )\n"
                   "IXHR2_MAKE(long, 64)\n")
        self.assertEqual(self.listed()[4:], ["| `atomic.h` | Swap, Swap64 |  |  |"])

    def test_templates_of_wrl_are_listed_and_what_they_hide_is_not(self):
        self.write("include/ixhr2/wrl/client.h", "namespace X\n{\ntemplate <class T>\n"
                   "class ComPtr : public Base<T>\n{\n};\nstruct entry {\n};\n"
                   "template <typename T, typename... A>\ninline ComPtr<T> Make(A &&...a)\n"
                   "{\n}\n} // namespace X\n")
        self.assertEqual(self.listed()[4:], ["| `wrl/client.h` | Make | ComPtr |  |"])

    def test_check_tells_whether_the_document_is_true(self):
        self.write("include/ixhr2/events.h", "#define ONE 1\n")
        self.assertEqual(self.run_tool("--check")[0], 1)
        self.listed()
        self.assertEqual(self.run_tool("--check"), (0, ""))
        self.write("include/ixhr2/events.h", "#define ONE 1\n#define TWO 1\n")
        status, output = self.run_tool("--check")
        self.assertEqual(status, 1)
        self.assertIn("out of date", output)

    def test_a_document_without_marks_is_an_error(self):
        self.write("include/ixhr2/events.h", "#define ONE 1\n")
        self.write("docs/porting.md", "nothing\n")
        self.assertEqual(self.run_tool(), (2, "names: docs/porting.md: the marks are missing\n"))

    def test_the_list_of_this_project_is_true(self):
        self.assertEqual(self.run_tool("--check", root=str(ROOT)), (0, ""))


if __name__ == "__main__":
    unittest.main()
