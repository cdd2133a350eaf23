package doctor

import (
	"context"
	"errors"
	"io/fs"
	"strings"

	"github.com/pelletier/go-toml/v2"
)

// buildScript has BuildKit build from an image, in a folder that it removes; $1 is the image. It
// fetches no layer before something is put on it.
const buildScript = `d=$(mktemp -d) && trap 'rm -rf "$d"' EXIT && printf 'FROM %s\nCOPY Dockerfile /again\n' "$1" >"$d/Dockerfile" &&
buildctl build --progress plain --no-cache --frontend dockerfile.v0 --local "context=$d" --local "dockerfile=$d" --opt platform=linux/amd64`

// buildkit opens a buildkitd of its own, as buildctl finds it (BUILDKIT_HOST).
func buildkit(ctx context.Context, x *exam) {
	x.buildkitMirrors()
	if !x.Runner.Find("buildctl") {
		x.note("canary", Unknown, "there is no buildctl to build by", "install buildctl")
		return
	}
	text, err := x.Runner.Run(ctx, "buildctl", "debug", "workers")
	if err != nil {
		x.note("canary", Unknown, "buildkitd does not answer: "+lastLine(text), "start it, and run the doctor as one who may ask it")
		return
	}
	x.pulls = &puller{
		pull: func(ctx context.Context, reference string) (string, error) {
			return x.Runner.Run(ctx, "sh", "-c", buildScript, "build", reference)
		},
		// A build that failed has nothing of its base; one that did not is said to.
		left: func(context.Context) (string, error) { return "", nil },
	}
}

// buildkitMirrors judges buildkitd.toml.
func (x *exam) buildkitMirrors() {
	var f struct {
		Registry map[string]struct {
			Mirrors []string `toml:"mirrors"`
			HTTP    bool     `toml:"http"`
		} `toml:"registry"`
	}
	const name = "/etc/buildkit/buildkitd.toml"
	b, err := fs.ReadFile(x.Files, strings.TrimPrefix(name, "/"))
	if err == nil {
		err = toml.Unmarshal(b, &f)
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		x.settings(Unknown, x.after("remove it"), "%s cannot be read: %s", name, lastLine(err.Error()))
		return
	}
	for _, registry := range x.Registries {
		mirrors := f.Registry[registry].Mirrors
		ours := len(mirrors) > 0
		for _, m := range mirrors {
			x.mirrors = append(x.mirrors, scheme(f.Registry[m].HTTP)+m)
			ours = ours && x.at(m)
		}
		switch {
		case x.mirror == "":
		case !ours:
			x.settings(Bypassable, x.enrol("--replace"), "%s has not Lazaret alone as mirror of %s", name, registry)
		case x.hubOpen():
			x.settings(Bypassable, x.enrol("--close hub"), "BuildKit asks %s itself after its mirrors, and the way to Docker Hub is open", registry)
		default:
			x.settings(Enforced, "", "Lazaret is the only mirror of %s, and the way to Docker Hub is closed", registry)
		}
	}
}
