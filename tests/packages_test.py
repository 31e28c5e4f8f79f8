#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The Debian packages and the systemd units: what they hold, and a life in a fresh Debian, without a systemd to talk to
and with one."""
import re
import shutil
import subprocess
import tempfile
import unittest

from harness import agent, booted, case, debian, kubernetes, paths, processes

UNITS = paths.SOURCE / "deploy" / "systemd"
DAEMONS = ("faastax-agent", "faastax-collector")
CAP_PERFMON = 1 << 38


def settings(unit):
    """{key: [value…]} of a unit file."""
    found = {}
    for key, value in re.findall(r"^(\w+)=(.*)$", (UNITS / f"{unit}.service").read_text(encoding="utf-8"),
                                 re.MULTILINE):
        found.setdefault(key, []).append(value)
    return found


class Units(unittest.TestCase):
    def test_agent_has_what_the_manifest_gives(self):
        bound, = settings("faastax-agent")["CapabilityBoundingSet"]
        given = kubernetes.capabilities(kubernetes.agent())
        self.assertEqual({f"CAP_{name}" for name in given}, set(bound.split()))

    def test_agent_sees_what_it_reads(self):
        """Settings that hide a part of /proc or /sys."""
        for hides in ("ProtectProc", "ProcSubset", "PrivateUsers"):
            self.assertNotIn(hides, settings("faastax-agent"), "/proc/PID")

    def test_collector_has_no_capability_and_no_user(self):
        self.assertEqual([""], settings("faastax-collector")["CapabilityBoundingSet"])
        self.assertEqual(["yes"], settings("faastax-collector")["DynamicUser"])


class Packages(case.SystemTest):
    maxDiff = None

    @classmethod
    def setUpClass(cls):
        folder = tempfile.mkdtemp(prefix="faastax-test-")
        cls.addClassCleanup(shutil.rmtree, folder, ignore_errors=True)
        cls.packages = debian.packages(folder)

    def test_what_they_hold(self):
        self.assertEqual({"faastax", *DAEMONS}, set(self.packages))
        for daemon in DAEMONS:
            files = debian.files(self.packages[daemon])
            short = daemon.removeprefix("faastax-")
            self.assertLessEqual({f"/usr/bin/{daemon}", f"/usr/lib/systemd/system/{daemon}.service",
                                  f"/etc/faastax/{short}.yaml", f"/usr/share/doc/{daemon}/deployment.md"}, files)
            self.assertEqual(f"/etc/faastax/{short}.yaml\n", debian.control(self.packages[daemon], "conffiles"))
        files = debian.files(self.packages["faastax"])
        for name in ("faastax", "faastax-gateway", "faastax-cluster-manager", "queue-proxy", "emergency-agent"):
            self.assertIn(f"/usr/lib/faastax/{name}", files)
        for package in self.packages.values():
            self.assertNotIn("libbpfcc", debian.field(package, "Depends"), "it brings LLVM")
        self.assertRegex(debian.field(self.packages["faastax-agent"], "Depends"), r"\blibbpf1\b.*\blibc6\b")

    def test_units_are_right(self):
        """By systemd's own reading, of what the packages install."""
        root = self.dir / "root"
        for package in self.packages.values():
            processes.run([paths.tool("dpkg-deb"), "--extract", package, root])
        done = subprocess.run([paths.tool("systemd-analyze"), "verify", "--recursive-errors=no", f"--root={root}",
                               *(f"/usr/lib/systemd/system/{daemon}.service" for daemon in DAEMONS)],
                              capture_output=True, text=True, check=False)
        ours = [line for line in done.stderr.splitlines() if "faastax" in line]
        self.assertEqual([], ours)

    def test_life_in_a_fresh_debian(self):
        if not paths.full():
            self.skipTest("makes a Debian: FAASTAX_FULL=1")
        with debian.root(self.dir) as root:
            before = debian.listing(root)
            root.install(*self.packages.values())
            for daemon in DAEMONS:
                self.assertTrue(root.path(f"/etc/systemd/system/multi-user.target.wants/{daemon}.service").is_symlink())
            self.check_runs(root)
            self.check_upgrade(root)
            root.run("dpkg", "--remove", *self.packages)
            self.assertFalse(root.path("/usr/bin/faastax-agent").exists())
            self.assertTrue(root.path("/etc/faastax/agent.yaml").exists())
            # What systemd makes of StateDirectory= with DynamicUser=.
            private = root.path("/var/lib/private/faastax-collector")
            private.mkdir(parents=True)
            (private / "collector.db").touch()
            root.path("/var/lib/faastax-collector").symlink_to("private/faastax-collector")
            root.run("dpkg", "--purge", *self.packages)
            root.path("/var/lib/private").rmdir()  # empty
            root.run("apt-get", "autoremove", "--purge", "-y", "-q")
            self.assertEqual(set(), debian.listing(root) - before)

    def test_life_under_systemd(self):
        """The units as they are, with all that they forbid, by a systemd that runs."""
        if not paths.full():
            self.skipTest("boots a Debian: FAASTAX_FULL=1")
        root = debian.Root(debian.bootstrap(self.dir / "debian", "systemd", "systemd-sysv", "procps"))
        root.run("apt-get", "update", "-q")
        root.install(*(self.packages[daemon] for daemon in DAEMONS))
        later = [debian.repacked(self.packages[daemon], self.dir, "99.0.0") for daemon in DAEMONS]
        with booted.booted(root.folder) as system:
            self.check_agent_under_systemd(system)
            self.check_collector_under_systemd(system)
            before = {daemon: system.property(daemon, "MainPID") for daemon in DAEMONS}
            for file in later:
                shutil.copy(file, root.path("/var/tmp"))
            system.run("dpkg", "--install", *(f"/var/tmp/{file.name}" for file in later))
            for daemon in DAEMONS:
                self.assertEqual("active", system.property(daemon, "ActiveState"))
                self.assertNotEqual(before[daemon], system.property(daemon, "MainPID"), "it is the later one")
            system.run("dpkg", "--remove", *DAEMONS)
            self.assertEqual("", system.run("sh", "-c", "pgrep faastax- || true"))
            system.run("dpkg", "--purge", *DAEMONS)
            self.assertEqual("", system.run("find", "/etc", "/var/lib", "-path", "/var/lib/dpkg", "-prune", "-o", "-path",
                                            "/var/lib/systemd", "-prune", "-o", "-name", "*faastax*", "-print"))

    def check_agent_under_systemd(self, system):
        """It is attached, keeps one capability at most and names kernel workers."""
        processes.wait_until(lambda: system.ask("http://127.0.0.1:9464/readyz"), "the agent is ready", seconds=30)
        log = system.run("journalctl", "--no-pager", "--unit", "faastax-agent")
        self.assertIn("no hook is missing", log)
        workers = processes.wait_until(lambda: re.findall(r'component="kworker:(\w+)"',
                                                          system.ask("http://127.0.0.1:9464/metrics") or ""), "workers")
        self.assertNotEqual({"unknown"}, set(workers))
        status = system.status("faastax-agent")
        self.assertEqual(("2", "1"), (status["Seccomp"].strip(), status["NoNewPrivs"].strip()))
        self.assertIn(int(status["CapEff"], 16), (0, CAP_PERFMON))
        case.say(f"agent under systemd: {self.exposure(system, 'faastax-agent')}")

    def check_collector_under_systemd(self, system):
        processes.wait_until(lambda: system.ask("http://127.0.0.1:9466/readyz"), "the collector is ready", seconds=30)
        status = system.status("faastax-collector")
        self.assertEqual(("2", "1", 0), (status["Seccomp"].strip(), status["NoNewPrivs"].strip(), int(status["CapBnd"], 16)))
        self.assertNotEqual("0", status["Uid"].split()[0])
        system.run("test", "-s", "/var/lib/private/faastax-collector/collector.db")
        case.say(f"collector under systemd: {self.exposure(system, 'faastax-collector')}")

    def exposure(self, system, unit):
        """What systemd itself says of how much it is shut in."""
        return re.search(r"exposure level .*\w", system.run("systemd-analyze", "security", "--no-pager", unit))[0]

    def check_runs(self, root):
        """As its unit starts it, but by the test: the capabilities, the command."""
        self.assertIn("faastax", root.run("faastax", "--help"))
        unit = settings("faastax-agent")
        port = agent.free_port()
        config = root.path("/etc/faastax/agent.yaml")
        config.write_text(config.read_text(encoding="utf-8").replace(":9464", f":{port}"), encoding="utf-8")
        bound = ",".join(["-all", *(f"+{name.removeprefix('CAP_').lower()}"
                                    for name in unit["CapabilityBoundingSet"][0].split())])
        log = self.dir / "agent.log"
        command = [paths.tool("setpriv"), "--bounding-set", f"{bound},+sys_chroot", "--inh-caps", "-all",
                   paths.tool("chroot"), root.folder, *unit["ExecStart"][0].split()]
        with open(log, "wb") as out, processes.child(command, stdout=out, stderr=out) as process:
            running = agent.Agent(process, port, log)
            processes.wait_until(running.is_ready, "the agent is ready", seconds=30)
            self.assertIn("no hook is missing", log.read_text(encoding="utf-8"))

    def check_upgrade(self, root):
        """A later version keeps the configuration that was changed, and what was disabled stays so."""
        # What `systemctl disable` does, which a minimal Debian does not have.
        root.run("env", "DPKG_MAINTSCRIPT_PACKAGE=faastax-collector", "deb-systemd-helper", "disable",
                 "faastax-collector.service")
        mine = root.path("/etc/faastax/agent.yaml").read_text(encoding="utf-8")
        later = debian.repacked(self.packages["faastax-agent"], self.dir, "99.0.0")
        collector = debian.repacked(self.packages["faastax-collector"], self.dir, "99.0.0")
        root.install(later, collector)
        self.assertIn("99.0.0", root.run("dpkg-query", "-W", "faastax-agent"))
        self.assertEqual(mine, root.path("/etc/faastax/agent.yaml").read_text(encoding="utf-8"))
        wants = "/etc/systemd/system/multi-user.target.wants"
        self.assertTrue(root.path(f"{wants}/faastax-agent.service").is_symlink())
        self.assertFalse(root.path(f"{wants}/faastax-collector.service").is_symlink())


if __name__ == "__main__":
    case.main()
