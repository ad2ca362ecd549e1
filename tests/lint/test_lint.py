#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The lint's own tests: each rule finds its breach in a small tree, and is silent about clean code."""

import sys
import tempfile
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
import banned  # noqa: E402
import layers  # noqa: E402
import papers  # noqa: E402
import sizes  # noqa: E402
import statements  # noqa: E402


class Tree(unittest.TestCase):
    """A project of a few files in a temporary folder."""

    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = Path(folder.name)

    def write(self, name: str, text: str) -> None:
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)

    def assert_finds(self, found: list, part: str, line: int = 1) -> None:
        self.assertTrue(any(part in f.message and f.line == line for f in found), f"{part!r} not in {found}")


class Layers(Tree):
    def found(self, name: str, text: str) -> list:
        self.write(name, text)
        return list(layers.check(self.root))

    def test_a_floor_includes_downward_only(self) -> None:
        for name, include in (("src/base/a.c", "model/run.h"), ("src/model/a.c", "store/store.h"),
                              ("src/service/a.c", "store/db/db.h"), ("src/service/a.c", "api/codes.h"),
                              ("src/api/mlflow/a.c", "store/store.h"), ("src/http/a.c", "model/run.h"),
                              ("src/store/db/a.c", "store/store.h"), ("src/artifact/a.c", "store/store.h"),
                              ("src/api/a.c", "api/mlflow/runs.h"), ("src/model/a.c", "base/clock.h")):
            self.assert_finds(self.found(name, f'\n#include "{include}"\n'), "may not include", 2)

    def test_what_the_matrix_allows_is_allowed(self) -> None:
        for name, include in (("src/base/a.c", "base/str.h"), ("src/store/sql/b.c", "store/db/db.h"),
                              ("src/service/a.c", "store/store.h"), ("src/api/mlflow/a.c", "api/call.h"),
                              ("src/server/main.c", "store/db/db.h")):
            self.assertEqual(self.found(name, f'#include "{include}"\n'), [])

    def test_a_library_has_its_files(self) -> None:
        for name, header in (("src/api/a.c", "microhttpd.h"), ("src/api/codes.c", "jansson.h"),
                             ("src/store/sql/a.c", "sqlite3.h"), ("src/http/a.c", "openssl/sha.h")):
            self.assert_finds(self.found(name, f"#include <{header}>\n"), "may include <")
        self.assert_finds(self.found("src/api/a.c", "#include <lzma.h>\n"), "of no library")

    def test_a_library_has_so_many_files(self) -> None:
        for name in "abcd":
            self.write(f"src/http/{name}.c", "#include <microhttpd.h>\n")
        self.assert_finds(list(layers.check(self.root)), "in 4 files, at most 3")

    def test_the_model_is_pure(self) -> None:
        self.assert_finds(self.found("src/model/a.c", "#include <unistd.h>\n"), "model is pure")
        self.assert_finds(self.found("src/model/b.c", "void f(struct json_t *j);\n"), 'nothing of "json"')

    def test_words_stay_in_their_rooms(self) -> None:
        for name, text in (("src/base/a.c", "int experiment_id;"), ("src/http/a.c", "int run_id;"),
                           ("src/store/sql/a.c", "x = malloc(1);"), ("src/store/sql/a.c", "sqlite3_step(s);"),
                           ("src/api/a.c", "enum MHD_Result r;"), ("src/artifact/a.c", "int run_id;"),
                           ("src/api/a.c", 's = "SELECT 1";'), ("src/service/a.c", 's = "UPDATE run SET x = 1";')):
            found = self.found(name, text + "\n")
            self.assertEqual(len(found), 1, f"{name}: {text}: {found}")
            (self.root / name).unlink()

    def test_comments_and_messages_may_say_anything(self) -> None:
        text = '/* an experiment\'s run_id, malloc(1) */\nconst char *s = "no experiment"; // MHD_Result\n'
        self.assertEqual(self.found("src/http/a.c", text), [])

    def test_the_engines_know_no_table(self) -> None:
        self.write("schema/0001_a.sql", "CREATE TABLE run (id INTEGER);\n")
        self.assert_finds(self.found("src/store/db/a.c", 'x("DELETE FROM run");\n'), "knows no table")


class Sizes(Tree):
    def found(self, text: str) -> list:
        self.write("src/base/a.c", text)
        return sizes.check(self.root)[0]

    def test_a_function_has_sixty_lines(self) -> None:
        self.assertEqual(self.found("int f(void)\n{\n" + "    g();\n" * 37 + "}\n"), [])
        self.assert_finds(self.found("int f(void)\n{\n" + "    g();\n" * 58 + "}\n"), "f has 61 lines")

    def test_a_signature_of_two_lines_counts(self) -> None:
        self.assert_finds(self.found("int f(int a,\n      int b)\n{\n" + "    g();\n" * 57 + "}\n"), "61 lines")

    def test_a_file_has_800_lines(self) -> None:
        self.assert_finds(self.found("\n" * 801), "801 lines")

    def test_a_function_takes_five_parameters(self) -> None:
        self.assertEqual(self.found("int f(int a, int b, int (*c)(int, int), int d, int e, ...)\n{\n}\n"), [])
        self.assert_finds(self.found("int f(int a, int b, int c, int d, int e,\n      int g)\n{\n}\n"), "6 parameters")

    def test_a_library_decides_how_its_callbacks_look(self) -> None:
        self.assertEqual(self.found("int f(struct MHD_Connection *a, int b, int c, int d, int e, int g)\n{\n}\n"), [])

    def test_a_function_is_three_blocks_deep(self) -> None:
        three = "int f(void)\n{\n if (a) {\n  for (;;) {\n   while (b) {\n    x = (struct y){0};\n%s   }\n  }\n }\n}\n"
        self.assertEqual(self.found(three % ""), [])
        self.assert_finds(self.found(three % "    if (c) {\n    } else {\n    }\n"), "4 blocks deep")

    def test_nine_of_ten_functions_have_forty_lines(self) -> None:
        self.assert_finds(self.found(("int f(void)\n{\n" + "    g();\n" * 40 + "}\n\n") * 10), "nine of ten")

    def test_a_long_python_function_is_found(self) -> None:
        self.write("tests/a.py", "def f():\n" + "    g()\n" * 60)
        self.assert_finds(sizes.check(self.root)[0], "f has 61 lines")


class Banned(Tree):
    def found(self, name: str, text: str) -> list:
        self.write(name, text)
        return list(banned.check(self.root))

    def test_banned_calls_are_found(self) -> None:
        for call in ("strcpy(a, b)", "sprintf(a, b)", "strtok(a, b)", "atoi(a)", "sscanf(a, b)", "alloca(1)", "RS_ARG(f(b))"):
            self.assert_finds(self.found("src/base/a.c", f"\nx = {call};\n"), "is banned", 2)

    def test_safe_kin_is_not(self) -> None:
        self.assertEqual(self.found("src/base/a.c", 'snprintf(a, 1, "strcpy(a, b)"); /* atoi(a) */\n'), [])

    def test_no_goto_in_services(self) -> None:
        self.assert_finds(self.found("src/service/a.c", "goto out;\n"), "no goto")

    def test_no_state_above_base(self) -> None:
        for line in ("static int n;", "static struct x table[] = {", "static char *p = 0;"):
            self.assert_finds(self.found("src/service/a.c", line + "\n"), "can change")
        for line in ("static const int n = 1;", "static int f(int a);", "static const char *const p[] = {"):
            self.assertEqual(self.found("src/service/a.c", line + "\n"), [])

    def test_nothing_is_left_for_later(self) -> None:
        self.assert_finds(self.found("scripts/a.sh", "# TO" + "DO: x\n"), "do it now")


class Papers(Tree):
    LINE = "/* SPDX-License-Identifier: Apache-2.0 */\n"

    def test_every_file_names_its_licence(self) -> None:
        self.write("src/base/a.c", "int x;\n")
        self.assert_finds(list(papers.check(self.root)), "SPDX")

    def test_a_header_has_its_guard_and_says_who_may_include_it(self) -> None:
        self.write("src/base/a.h", self.LINE + "#ifndef A_H\n#define A_H\n#endif\n")
        found = list(papers.check(self.root))
        self.assert_finds(found, "guard is not RS_BASE_A_H")
        self.assert_finds(found, "by whom it")

    def test_a_room_has_a_readme_of_one_page(self) -> None:
        self.write("src/base/a.c", self.LINE)
        self.assert_finds(list(papers.check(self.root)), "no README.md")
        self.write("src/base/README.md", "x\n" * 61)
        self.assert_finds(list(papers.check(self.root)), "61 lines")
        self.write("src/base/README.md", "x\n" * 20)
        self.assertEqual(list(papers.check(self.root)), [])


    def test_a_promise_names_tests_that_are_there(self) -> None:
        self.write("tests/a.py", "# " + self.LINE.strip("/* \n") + "\ndef test_x(): pass\n")
        self.write("docs/promises.md", "`tests/a.py` `tests/a.py::test_x`\n`tests/b.py`\n`tests/a.py::test_y`\n")
        found = list(papers.check(self.root))
        self.assertEqual(len(found), 2)
        self.assert_finds(found, "no tests/b.py", 2)
        self.assert_finds(found, "no tests/a.py with test_y", 3)


class Statements(Tree):
    ENGINE = 'static const struct rs_db_word words[] = {{"id", "INTEGER PRIMARY KEY"}, {NULL, NULL}};\n'

    def found(self, *texts: str) -> list:
        """What is found in statements with these texts, the first of which is on line 2."""
        self.write("src/store/db/sqlite.c", self.ENGINE)
        self.write("schema/0001.sql", "CREATE TABLE t (id {{id}}, name TEXT);\n")
        rows = [f'static const struct rs_sql S{i} = {{"s" "{i}", {text}, false}};\n' for i, text in enumerate(texts)]
        self.write("src/store/sql/a.c", "struct rs_sql;\n" + "".join(rows))
        return statements.check(self.root)[0]

    def test_good_statements_are_prepared(self) -> None:
        self.assertEqual(self.found('"SELECT id FROM t" " WHERE name = $1 OR name = $2"', '"SELECT \'?\'"'), [])

    def test_a_statement_that_does_not_fit_the_schema_is_found(self) -> None:
        self.assert_finds(self.found('"SELECT nmae FROM t"'), "no such column: nmae", 2)
        self.assert_finds(self.found('"SELEKT 1"'), "syntax error", 2)

    def test_parameters_have_no_gap(self) -> None:
        self.assert_finds(self.found('"SELECT $1, $3"'), "without a gap", 2)

    def test_only_common_sql_is_allowed(self) -> None:
        for text in ("INSERT OR REPLACE INTO t (name) VALUES ($1)", "SELECT id FROM t WHERE name = ?"):
            self.assert_finds(self.found(f'"{text}"'), "common subset", 2)

    def test_a_name_is_given_once(self) -> None:
        self.found('"SELECT 1"')
        self.write("src/store/sql/b.c", 'static const struct rs_sql B = {"s0", "SELECT 2", false};\n')
        self.assert_finds(statements.check(self.root)[0], "another statement is called s0")

    def test_a_statement_that_cannot_be_read_is_found(self) -> None:
        self.found('"SELECT 1"')
        self.write("src/store/sql/a.c", 'const struct rs_sql A = {.text = "SELECT 1"};\n')
        self.assert_finds(statements.check(self.root)[0], "is not written as")


if __name__ == "__main__":
    unittest.main()
