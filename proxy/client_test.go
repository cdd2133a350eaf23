package proxy_test

import (
	"testing"

	"github.com/lazaret/lazaret/proxy"
)

func TestFamilies(t *testing.T) {
	const upstream = ` UpstreamClient(Docker-Client/29.9.3 \(linux\))`
	for agent, want := range map[string]string{
		dockerAgent: "classic",
		"docker/29.9.3 go/go1.26.8 git-commit/abc kernel/6.18 os/linux arch/amd64" + upstream:                                                          "classic",
		"docker/29.9.3 go/go1.26.8 git-commit/abc kernel/6.18 os/linux arch/amd64 containerd-client/2.3.4+unknown storage-driver/overlayfs" + upstream: "containerd",
		"docker/28.5.0 go/go1.24.8 git-commit/abc kernel/6.1 os/linux arch/amd64 containerd-client/1.7.28+unknown storage-driver/overlayfs" + upstream: "containerd-old",
		"docker/29.9.3 os/linux containerd-client/ storage-driver/overlayfs":                                                                           "containerd-old",
		"containerd/2.4.2+unknown":                     "containerd",
		"containerd/v2.3.0":                            "containerd",
		"containerd/v3.0.0-rc.1":                       "containerd",
		"containerd/2.10.0":                            "containerd",
		"containerd/v2.2.9-k3s1":                       "containerd-old",
		"containerd/1.6.20~ds1":                        "containerd-old",
		"containerd/v1.7.35":                           "containerd-old",
		"containerd/":                                  "containerd-old",
		"containerd/2":                                 "containerd-old",
		"containerd/99999999999999999999.1":            "containerd-old",
		"buildkit/v0.32":                               "containerd",
		"buildkit/v0.31":                               "containerd-old",
		"buildkit/v0.0-dev":                            "containerd-old",
		"buildkit/v1.0":                                "containerd",
		podmanAgent:                                    "podman",
		"Buildah/1.28.2 (github.com/containers/image)": "podman",
		"skopeo/1.9.3":                                 "podman",
		"cri-o/1.34.0 go/go1.24 os/linux arch/amd64":   "podman",
		"cri-o/1.34.0 go/go1.24 containers/image":      "podman",
		"crane/0.22.1 go-containerregistry/0.22.1":     "crane",
		"go-containerregistry/v0.20.3":                 "crane",
		"":                                             "unknown",
		"curl/8.5.0":                                   "unknown",
		"Docker/20.1":                                  "unknown",
	} {
		if got := proxy.FamilyOf(agent); got != want {
			t.Errorf("%q: %s, want %s", agent, got, want)
		}
	}
}
