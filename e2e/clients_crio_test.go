package e2e_test

import (
	"os"
	"strings"
)

// crioSettings are of a CRI-O that pulls, and starts nothing: pinns, its helper for namespaces, is
// written in C, and not built.
const crioSettings = `[crio]
root = "DIR/root"
runroot = "DIR/run"
storage_driver = "vfs"
log_dir = "DIR/log"
version_file = "DIR/version"
clean_shutdown_file = "DIR/clean"
[crio.api]
listen = "DIR/s"
[crio.runtime]
cgroup_manager = "cgroupfs"
conmon_cgroup = "pod"
default_runtime = "runc"
pinns_path = "/bin/true"
[crio.runtime.runtimes.runc]
monitor_cgroup = "pod"
[crio.image]
signature_policy = "DIR/.config/containers/policy.json"
signature_policy_dir = "DIR/policies"
namespaced_auth_dir = "DIR/auth"
[crio.network]
network_dir = "DIR/net"
plugin_dirs = ["DIR/cni"]
`

func startMatrixCRIO(s *scene, c *client, mirrorURL string) {
	s.t.Helper()
	dir := s.folder()
	env := s.registriesConf(dir, mirrorURL)
	if c.enrolled {
		if err := os.Remove(dir + "/.config/containers/registries.conf"); err != nil {
			s.t.Fatal(err)
		}
		s.enrol("crio", mirrorURL, s.engines["crio"]+":"+os.Getenv("PATH"))
	}
	write(s.t, dir+"/crio.conf", strings.ReplaceAll(crioSettings, "DIR", dir))
	s.crictl(c, dir+"/s")
	c.ends = append(c.ends, s.daemon(func() bool { return c.images(s.t.Context()).err == nil }, env, s.bin("crio", "crio"), "--config", dir+"/crio.conf", "--config-dir", ""))
}
