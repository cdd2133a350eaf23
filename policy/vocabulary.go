package policy

import (
	"fmt"
	"reflect"
	"strings"
	"time"

	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"

	"github.com/lazaret/lazaret/inspect"
	"github.com/lazaret/lazaret/internal/oci"
)

// A depth says from when on something about an image is known.
type depth int

const (
	byName   depth = iota // before anyone was asked for it
	byDigest              // since its manifest is
	byConfig              // since its config was inspected
)

// A field is something that expressions can ask of an object.
type field struct {
	kind  *types.Type
	known depth
	doc   string
	get   func(any) any
	set   func(any) bool // nil: always
}

// The objects of expressions. docs/policy.md lists their fields; a test holds it to this.
const (
	imageObject    = "lazaret.Image"
	configObject   = "lazaret.Config"
	upstreamObject = "lazaret.Upstream"
	clientObject   = "lazaret.Client"
	findingObject  = "lazaret.Finding"
)

var vocabulary = map[string]map[string]field{
	imageObject: {
		"registry":   {kind: types.StringType, doc: "where it comes from: docker.io", get: of(func(i *imageFacts) any { return i.Reference.Registry })},
		"repository": {kind: types.StringType, doc: "its name there, in full: library/nginx", get: of(func(i *imageFacts) any { return i.Reference.Repository })},
		"namespace":  {kind: types.StringType, doc: "the first part of the repository: library, bitnami", get: of(func(i *imageFacts) any { return namespace(i.Reference.Repository) })},
		"tag":        {kind: types.StringType, doc: "as it was asked for; empty where it was asked for by digest, as every blob is", get: of(func(i *imageFacts) any { return i.Reference.Tag })},
		"verified":   {kind: types.BoolType, doc: "a verified publisher's, or of a project that Docker sponsors; false too where Docker Hub was not asked (LAZARET_HUB_FACTS)", get: of(func(i *imageFacts) any { return i.Hub != nil && i.Hub.Verified })},
		"pulls": {kind: types.IntType, doc: "of the repository, as Docker Hub counts; has(image.pulls) is false where Hub was not asked, and this is 0",
			get: of(func(i *imageFacts) any { return i.hub().Pulls }), set: knowsHub},
		"stars": {kind: types.IntType, doc: "of the repository, in the same way", get: of(func(i *imageFacts) any { return i.hub().Stars }), set: knowsHub},
		"registered": {kind: types.TimestampType, doc: "when the repository was made; where that is not known, has(image.registered) is false and this is 1970",
			get: of(func(i *imageFacts) any { return i.registered() }), set: func(v any) bool { i, ok := v.(*imageFacts); return ok && !i.hub().Registered.IsZero() }},
		"official":    {kind: types.BoolType, doc: "one of Docker Hub's official images", get: of(func(i *imageFacts) any { return i.official() })},
		"typosquatOf": {kind: types.StringType, doc: "the official image or the publisher whose name it looks like, or has in another namespace; empty if none", get: of(func(i *imageFacts) any { return i.imitates })},
		"digest":      {kind: types.StringType, known: byDigest, doc: "of the manifest", get: of(func(i *imageFacts) any { return i.Digest.String() })},
		"firstSeen":   {kind: types.TimestampType, known: byDigest, doc: "when it, or an index that lists it, was first asked for by way of this mirror; now, where nobody remembers", get: of(func(i *imageFacts) any { return i.firstSeen })},
		"size":        {kind: types.IntType, known: byDigest, doc: "bytes of its config and layers, compressed, as its manifest has them", get: of(func(i *imageFacts) any { return i.Size })},
		"layers":      {kind: types.IntType, known: byDigest, doc: "how many it has", get: of(func(i *imageFacts) any { return int64(len(i.Layers)) })},
		"platform":    {kind: types.StringType, known: byConfig, doc: "linux/amd64", get: of(func(i *imageFacts) any { return platform(i.config.Platform) })},
		"created": {kind: types.TimestampType, known: byConfig, doc: "when it was built, as it says itself; if it does not, has(image.created) is false and this is 1970",
			get: of(func(i *imageFacts) any { return i.created() }), set: func(v any) bool { i, ok := v.(*imageFacts); return ok && !i.config.Created.IsZero() }},
		"config": {kind: types.NewObjectType(configObject), known: byConfig, doc: "what it runs", get: of(func(i *imageFacts) any { return &object{configObject, &i.config} })},
	},
	configObject: {
		"user":       {kind: types.StringType, doc: "empty stands for root", get: of(func(c *inspect.ImageConfig) any { return c.User })},
		"entrypoint": {kind: types.NewListType(types.StringType), doc: "the program and its first arguments", get: of(func(c *inspect.ImageConfig) any { return c.Entrypoint })},
		"cmd":        {kind: types.NewListType(types.StringType), doc: "the further ones", get: of(func(c *inspect.ImageConfig) any { return c.Cmd })},
		"history":    {kind: types.NewListType(types.StringType), doc: "the command that made each layer", get: of(func(c *inspect.ImageConfig) any { return c.History })},
	},
	upstreamObject: {
		"vars": {kind: types.NewMapType(types.StringType, types.StringType), doc: "what the settings say of the registry that it comes from, such as `upstream.vars.trust`; ask has(upstream.vars.trust) where not every registry has it",
			get: of(func(u *upstreamFacts) any { return u.vars })},
	},
	clientObject: {
		"address": {kind: types.StringType, doc: "that it comes from", get: of(func(c *Client) any { return c.Address })},
		"name":    {kind: types.StringType, doc: "of the entry of clients that its address is in; empty if none is", get: of(func(c *Client) any { return c.Name })},
		"groups":  {kind: types.NewListType(types.StringType), doc: "of all those entries", get: of(func(c *Client) any { return c.Groups })},
	},
	findingObject: {
		"rule":       {kind: types.StringType, doc: "what found it: miner/stratum-launch", get: of(func(f *inspect.Finding) any { return f.Rule })},
		"category":   {kind: types.StringType, doc: "miner, secret, backdoor, ...", get: of(func(f *inspect.Finding) any { return string(f.Category) })},
		"confidence": {kind: types.IntType, doc: "how surely it is that: low, medium or high", get: of(func(f *inspect.Finding) any { return int64(f.Confidence) })},
		"severity":   {kind: types.IntType, doc: "how bad it is if so: low, medium, high or critical", get: of(func(f *inspect.Finding) any { return int64(f.Severity) })},
		"path":       {kind: types.StringType, doc: "of the file, without a slash before it; config:env and the like in a config", get: of(func(f *inspect.Finding) any { return f.Path })},
		"layer":      {kind: types.StringType, doc: "digest of the blob that it is in", get: of(func(f *inspect.Finding) any { return f.Layer.String() })},
		"evidence":   {kind: types.StringType, doc: "what was seen, secrets masked", get: of(func(f *inspect.Finding) any { return f.Evidence })},
		"createdBy":  {kind: types.StringType, doc: "the command that made the layer", get: of(func(f *inspect.Finding) any { return f.CreatedBy })},
		"fingerprint": {kind: types.StringType, doc: "its name across images, as exceptions have it",
			get: of(func(f *inspect.Finding) any { return f.Fingerprint() })},
	},
}

// notKnown is what cannot be known of the image, or not yet.
var notKnown = types.NewUnknown(0, types.NewAttributeTrail(varImage))

// of makes the getter of a field of a T. What is not known has no known fields.
func of[T any](get func(T) any) func(any) any {
	return func(v any) any {
		t, ok := v.(T)
		if !ok {
			return notKnown
		}
		return get(t)
	}
}

// upstreamFacts are what the settings say of the registry of an image.
type upstreamFacts struct{ vars map[string]string }

// imageFacts is an image as expressions know it.
type imageFacts struct {
	Image
	imitates  string
	firstSeen time.Time
	config    inspect.ImageConfig
	known     depth
}

func (i *imageFacts) official() bool {
	return i.Reference.Registry == oci.DockerHub && namespace(i.Reference.Repository) == "library"
}

// hub is what Docker Hub says, or nothing.
func (i *imageFacts) hub() HubFacts {
	if i.Hub == nil {
		return HubFacts{}
	}
	return *i.Hub
}

func (i *imageFacts) registered() time.Time {
	if t := i.hub().Registered; !t.IsZero() {
		return t
	}
	return time.Unix(0, 0).UTC()
}

func knowsHub(v any) bool {
	i, ok := v.(*imageFacts)
	return ok && i.Hub != nil
}

func (i *imageFacts) created() time.Time {
	if i.config.Created.IsZero() {
		return time.Unix(0, 0).UTC()
	}
	return i.config.Created
}

// platform writes os/architecture[/variant]; empty if the config names none.
func platform(p oci.Platform) string {
	return strings.Trim(p.OS+"/"+p.Architecture+"/"+p.Variant, "/")
}

func namespace(repository string) string {
	first, _, more := strings.Cut(repository, "/")
	if !more {
		return ""
	}
	return first
}

// newImageFacts gathers what is known of an image now. configs are what the reports on its
// config say: several that differ are as good as none.
func newImageFacts(s *Subject, imitates string, configs []*inspect.ImageConfig, configRead bool) *imageFacts {
	i := &imageFacts{Image: s.Image, imitates: imitates, firstSeen: s.Image.FirstSeen}
	if i.firstSeen.IsZero() || i.firstSeen.After(s.At) {
		i.firstSeen = s.At
	}
	if s.Image.Digest != "" {
		i.known = byDigest
	}
	agree := true
	for k, c := range configs {
		agree = agree && (k == 0 || reflect.DeepEqual(c, configs[0]))
	}
	if configRead && agree && i.known == byDigest {
		i.known = byConfig
		if len(configs) > 0 {
			i.config = *configs[0]
		}
	}
	return i
}

// An object is one of the vocabulary in an expression.
type object struct {
	name string
	of   any
}

func (o *object) ConvertToNative(reflect.Type) (any, error) {
	return nil, fmt.Errorf("policy: %s as a whole is of no use", o.name)
}
func (o *object) ConvertToType(ref.Type) ref.Val { return types.NewErr("%s is no other type", o.name) }
func (o *object) Equal(other ref.Val) ref.Val {
	p, ok := other.(*object)
	return types.Bool(ok && p.of == o.of)
}
func (o *object) Type() ref.Type { return types.NewObjectType(o.name) }
func (o *object) Value() any     { return o.of }

// A provider tells the checker and the evaluator of the vocabulary.
type provider struct{ *types.Registry }

func (p provider) FindStructType(name string) (*types.Type, bool) {
	if _, ok := vocabulary[name]; ok {
		return types.NewTypeTypeWithParam(types.NewObjectType(name)), true
	}
	return p.Registry.FindStructType(name)
}

func (p provider) FindStructFieldNames(name string) ([]string, bool) {
	fields, ok := vocabulary[name]
	if !ok {
		return p.Registry.FindStructFieldNames(name)
	}
	var out []string
	for f := range fields {
		out = append(out, f)
	}
	return out, true
}

func (p provider) FindStructFieldType(name, of string) (*types.FieldType, bool) {
	fields, ok := vocabulary[name]
	if !ok {
		return p.Registry.FindStructFieldType(name, of)
	}
	f, ok := fields[of]
	if !ok {
		return nil, false
	}
	out := &types.FieldType{Type: f.kind, GetFrom: func(v any) (any, error) { return f.get(v), nil }, IsSet: f.set}
	if name == imageObject {
		out.GetFrom = func(v any) (any, error) {
			if i, ok := v.(*imageFacts); ok && i.known < f.known {
				return notKnown, nil
			}
			return f.get(v), nil
		}
	}
	if f.set == nil {
		out.IsSet = func(any) bool { return true }
	}
	return out, true
}
