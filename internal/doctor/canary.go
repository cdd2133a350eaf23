package doctor

import (
	"cmp"
	"context"
	"fmt"
	"strings"

	"github.com/lazaret/lazaret/policy"
)

// refusal is how Lazaret's refusals begin.
const refusal = "refused by Lazaret"

// A puller has an engine pull.
type puller struct {
	pull func(ctx context.Context, reference string) (string, error)
	// left returns what the engine has of the canary, "" if nothing.
	left func(ctx context.Context) (string, error)
	// remove removes it.
	remove func(ctx context.Context)
}

// An outcome is what came of a pull of the canary.
type outcome int

const (
	unclear  outcome = iota
	pulled           // the engine has it
	refused          // by Lazaret, in its words or by bytes that are not the layer's
	answered         // by somebody else, who does not have it
	distrust         // the engine does not trust Lazaret's certificate
	curt             // it broke off, or was forbidden without a word
	silent           // nobody answered
)

// outcomes are the words by which engines tell them. The first row that fits holds.
func outcomes() []struct {
	is    outcome
	words []string
} {
	return []struct {
		is    outcome
		words []string
	}{
		{refused, []string{refusal}},
		// containerd's and podman's for a layer that cannot be read, or whose end is not its own: docs/clients.md, section 3.
		{refused, []string{"flate: corrupt input", "unexpected commit digest", "does not match expected", "Digest did not match"}},
		{curt, []string{"unexpected EOF", "failed to copy: read tcp", "403 (Forbidden)"}},
		{distrust, []string{"x509:", "failed to verify certificate", "server gave HTTP response to HTTPS client"}},
		// Docker Hub's and other registries' for what they do not have.
		{answered, []string{"pull access denied", "repository does not exist", "manifest unknown", "not found", "requested access to the resource is denied", "authentication required", "authorization failed", "toomanyrequests"}},
		{silent, []string{"no such host", "connection refused", "i/o timeout", "no route to host", "network is unreachable", "connection reset", "deadline exceeded", "Temporary failure in name resolution", "server misbehaving", ": EOF"}},
	}
}

func outcomeOf(text string, err error) outcome {
	if err == nil {
		return pulled
	}
	for _, o := range outcomes() {
		for _, w := range o.words {
			if strings.Contains(text, w) {
				return o.is
			}
		}
	}
	return unclear
}

// canary has the engine pull each variant, looks what it has of it then, and removes that.
func (x *exam) canary(ctx context.Context) {
	first := unclear
	for _, tag := range []string{"manifest", "stream"} {
		reference := "docker.io/" + policy.Canary + ":" + tag
		text, err := x.pulls.pull(ctx, reference)
		o := outcomeOf(text, err)
		if o == curt && first == refused {
			o = refused // podman says no more of a layer that is refused
		}
		x.judgePull("canary "+tag, text, o)
		first = o
	}
	left, err := x.pulls.left(ctx)
	switch {
	case err != nil:
		x.note("left behind", Unknown, "it could not be seen what the engine has of the canary: "+cut(err.Error()), "")
	case left != "":
		x.note("left behind", Bypassable, "the engine has of the canary: "+cut(strings.Join(strings.Fields(left), " "))+" (it was removed)", x.enrol(""))
	default:
		x.note("left behind", Enforced, "the engine has nothing of the canary", "")
	}
	if x.pulls.remove != nil {
		x.pulls.remove(context.WithoutCancel(ctx))
	}
}

func (x *exam) judgePull(name, text string, o outcome) {
	said := lastLine(text)
	switch o {
	case pulled:
		x.note(name, Bypassable, "the canary was pulled, past Lazaret", x.enrol(""))
	case refused:
		x.note(name, Enforced, "refused: "+said, "")
	case answered:
		x.note(name, Bypassable, "another registry than Lazaret answered: "+said, x.enrol(""))
	case distrust:
		s := Unknown
		if x.hubOpen() {
			s = Bypassable // it went on to Docker Hub, or will
		}
		x.note(name, s, "the engine does not trust the certificate of Lazaret: "+said, x.enrol("--ca "+cmp.Or(x.CA, "FILE")))
	case silent, curt:
		s, how := Unknown, "nobody answered"
		if x.hubOpen() {
			s, how = Bypassable, "Lazaret did not answer, and the way to Docker Hub is open"
		}
		x.note(name, s, fmt.Sprintf("%s: %s", how, said), "see whether Lazaret runs, and whether the engine reaches it; if it does not trust its certificate: "+x.enrol("--ca "+cmp.Or(x.CA, "FILE")))
	default:
		x.note(name, Unknown, "the pull failed, and it is not clear by whom: "+said, "")
	}
}
