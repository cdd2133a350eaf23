package doctor

import (
	"context"
	"encoding/json"
	"strings"

	"github.com/lazaret/lazaret/policy"
)

// A dockerInfo is what is read of docker info: https://docs.docker.com/reference/api/engine/
type dockerInfo struct {
	ServerVersion  string
	Driver         string
	DriverStatus   [][2]string
	HTTPProxy      string `json:"HttpProxy"`
	HTTPSProxy     string `json:"HttpsProxy"`
	ServerErrors   []string
	RegistryConfig struct{ Mirrors []string }
}

// docker opens dockerd, as the docker program finds it (DOCKER_HOST, contexts).
func docker(ctx context.Context, x *exam) {
	if !x.Runner.Find("docker") {
		x.settings(Unknown, "install Docker's command line program", "dockerd is there, and no docker to ask it by")
		return
	}
	text, err := x.Runner.Run(ctx, "docker", "info", "--format", "{{json .}}")
	var info dockerInfo
	if at := strings.Index(text, "{"); at >= 0 && err == nil {
		err = json.NewDecoder(strings.NewReader(text[at:])).Decode(&info)
	}
	if err != nil || info.ServerVersion == "" {
		x.settings(Unknown, "start dockerd, and run the doctor as one who may ask it", "dockerd does not answer: %s", lastLine(text))
		return
	}
	x.engine.Version = info.ServerVersion
	store := "classic"
	for _, s := range info.DriverStatus {
		if s[0] == "driver-type" && strings.HasPrefix(s[1], "io.containerd.snapshotter") {
			store = "containerd"
		}
	}
	if store == "containerd" {
		x.dockerContainerd(info)
	} else {
		x.dockerClassic(info)
	}
	if proxy := info.HTTPSProxy + info.HTTPProxy; proxy != "" {
		x.note("proxy", Unknown, "dockerd asks by a proxy, of which it is not known where it leads", "let the proxy know no other registry than Lazaret, or take it from dockerd's environment")
	}
	x.pulls = &puller{
		pull: func(ctx context.Context, reference string) (string, error) {
			return x.Runner.Run(ctx, "docker", "pull", reference)
		},
		left: func(ctx context.Context) (string, error) {
			return x.Runner.Run(ctx, "docker", "images", "--all", "--no-trunc", "--format", "{{.Repository}}:{{.Tag}}", policy.Canary)
		},
		remove: func(ctx context.Context) {
			for _, tag := range []string{"manifest", "stream"} {
				_, _ = x.Runner.Run(ctx, "docker", "rmi", policy.Canary+":"+tag) // mostly it is not there
			}
		},
	}
}

// dockerClassic judges the settings of the classic image store.
func (x *exam) dockerClassic(info dockerInfo) {
	x.mirrors = info.RegistryConfig.Mirrors
	switch {
	case len(x.mirrors) == 0:
		x.settings(Bypassable, x.enrol(""), "dockerd has no mirror: it asks Docker Hub")
	case !x.all(x.mirrors):
		x.settings(Bypassable, x.enrol("--replace"), "dockerd has other mirrors than Lazaret: %s", strings.Join(x.mirrors, ", "))
	case x.hubOpen():
		x.settings(Bypassable, x.enrol("--close hub"), "Lazaret is dockerd's mirror, and the way to Docker Hub is open: dockerd takes it whenever Lazaret does not answer, and for registry-1.docker.io/... always")
	default:
		x.settings(Enforced, "", "Lazaret is dockerd's only mirror, and the way to Docker Hub is closed")
	}
}

// dockerContainerd judges the settings of the containerd image store.
func (x *exam) dockerContainerd(info dockerInfo) {
	x.hosts("/etc/docker/certs.d")
	if len(info.RegistryConfig.Mirrors) > 0 {
		x.settings(Bypassable, x.enrol(""), "dockerd has registry-mirrors (%s): with its containerd image store they lead on to Docker Hub", strings.Join(info.RegistryConfig.Mirrors, ", "))
	}
}

// all reports whether all of the mirrors are Lazaret.
func (x *exam) all(mirrors []string) bool {
	for _, m := range mirrors {
		if !x.isMirror(m) {
			return false
		}
	}
	return true
}
