#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""What goes wrong is said in one clear line, with the right status, and leaves nothing behind."""
import os
import shutil
import socket
import subprocess

from harness import agent, bpf_objects, case, cgroups, lab, paths

FAILED, USAGE = 1, 2


class Errors(case.SystemTest):
    def setUp(self):
        super().setUp()
        self.before = bpf_objects.snapshot()

    def run_it(self, command, **options):
        return subprocess.run([str(word) for word in command], capture_output=True, text=True, check=False,
                              timeout=60, **options)

    def check(self, done, status, *words):
        lines = done.stderr.strip().splitlines()
        self.assertEqual(status, done.returncode, done.stdout + done.stderr)
        self.assertEqual(1, len(lines), done.stderr)
        for word in words:
            self.assertIn(word.lower(), lines[0].lower())
        self.assertEqual([], bpf_objects.added_since(self.before))

    def hidden(self, script, *command):
        """Runs a command in a mount namespace of its own, after a script has hidden something there."""
        return self.run_it([paths.tool("unshare"), "--mount", "--propagation", "private", "sh", "-c",
                            script + ' && exec "$@"', "hidden", *command])

    def test_not_root(self):
        os.chmod(self.dir, 0o755)
        program = shutil.copy(paths.program("faastax"), self.dir / "faastax")
        folder = self.dir / "anybody's"
        folder.mkdir()
        os.chmod(folder, 0o777)
        kept = folder / "kept.jsonl"
        kept.write_text("an older recording\n", encoding="utf-8")
        os.chmod(kept, 0o666)
        for command in (["stat", "--", "true"], ["record", "-o", kept, "--", "true"]):
            done = self.run_it([program, *command], user=65534, group=65534, extra_groups=[])
            self.check(done, FAILED, "root")
        self.assertEqual(["kept.jsonl"], os.listdir(folder))
        self.assertEqual("an older recording\n", kept.read_text(encoding="utf-8"))

    def test_unknown_option(self):
        done = self.run_it([paths.program("faastax"), "stat", "--no-such-option"])
        self.check_usage(done, "--no-such-option")

    def test_unknown_command(self):
        self.check_usage(self.run_it([paths.program("faastax"), "nonsense"]), "nonsense")

    def check_usage(self, done, word):
        """The command line's library may add a hint where to find help."""
        self.assertEqual(USAGE, done.returncode, done.stderr)
        self.assertIn(word, done.stderr)
        self.assertEqual(1, len(done.stderr.strip().splitlines()), done.stderr)
        self.assertEqual("", done.stdout)

    def test_status_of_the_command_is_passed_on(self):
        done = self.run_it([paths.program("faastax"), "stat", "--", "sh", "-c", "echo mine; exit 7"])
        self.assertEqual(7, done.returncode, done.stderr)
        self.assertTrue(done.stdout.startswith("mine\n"), done.stdout)

    def test_command_that_does_not_exist(self):
        self.check(self.run_it([paths.program("faastax"), "stat", "--", "/no/such/program"]), FAILED,
                   "/no/such/program")

    def test_report_file_that_cannot_be_written(self):
        path = "/no/such/folder/report"
        done = self.run_it([paths.program("faastax"), "stat", "--json", path, "--", "true"])
        self.check(done, FAILED, path)

    def test_a_lab_that_does_not_begin_keeps_what_an_earlier_one_told(self):
        events = self.dir / "events.jsonl"
        events.write_text("earlier\n", encoding="utf-8")
        command = [paths.program("faastax"), "lab", "run", "--trace", lab.TRACE, "--events", events, "--minutes", "1"]
        self.check(self.run_it([*command, "--start-minute", "100000"]), USAGE, "minute")
        self.check(self.hidden("mount -t tmpfs tmpfs /sys/kernel/btf", *command), FAILED, "btf")
        self.assertEqual("earlier\n", events.read_text(encoding="utf-8"))

    def commands(self):
        """What attaches, and has to say why it cannot."""
        return ([paths.program("faastax"), "stat", "--", "true"],
                [paths.program("faastax-agent"), "--listen", "127.0.0.1:0"])

    def test_no_cgroup2_mount(self):
        for command in self.commands():
            self.check(self.hidden(f"umount {cgroups.v2_root()}", *command), FAILED, "cgroup2")

    def test_no_btf(self):
        for command in self.commands():
            self.check(self.hidden("mount -t tmpfs tmpfs /sys/kernel/btf", *command), FAILED, "btf")

    def test_agent_without_root(self):
        os.chmod(self.dir, 0o755)
        program = shutil.copy(paths.program("faastax-agent"), self.dir / "faastax-agent")
        done = self.run_it([program, "--listen", "127.0.0.1:0"], user=65534, group=65534, extra_groups=[])
        self.check(done, FAILED, "root")

    def test_port_in_use(self):
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            taken.listen()
            port = taken.getsockname()[1]
            configuration = agent.configuration(self.dir, port)
            done = self.run_it([paths.program("faastax-agent"), "--config", configuration])
            lines = [line for line in done.stderr.splitlines() if str(port) in line]
            self.assertEqual((FAILED, 1), (done.returncode, len(lines)), done.stderr)
            self.assertEqual([], bpf_objects.added_since(self.before))

    def test_unknown_key_in_the_configuration(self):
        path = self.dir / "agent.yaml"
        path.write_text("listen: 127.0.0.1:0\nno_such_key: 1\n", encoding="utf-8")
        self.check(self.run_it([paths.program("faastax-agent"), "--config", path]), FAILED, "agent.yaml:2",
                   "no_such_key")


if __name__ == "__main__":
    case.main()
