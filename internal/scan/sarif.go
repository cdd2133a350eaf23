package scan

import (
	"io"
	"net/url"
	"strings"

	"github.com/lazaret/lazaret/inspect"
)

// The objects of SARIF 2.1.0 (OASIS Standard, 27 March 2020) that are used, by section.
type (
	sarifLog struct { // 3.13
		Schema  string     `json:"$schema"`
		Version string     `json:"version"`
		Runs    []sarifRun `json:"runs"`
	}
	sarifRun struct { // 3.14
		Tool               sarifTool                `json:"tool"`
		Invocations        []sarifInvocation        `json:"invocations"`
		OriginalURIBaseIDs map[string]sarifArtifact `json:"originalUriBaseIds"`
		ColumnKind         string                   `json:"columnKind"`
		Results            []sarifResult            `json:"results"`
		Properties         map[string]any           `json:"properties"`
	}
	sarifTool struct { // 3.18
		Driver sarifDriver `json:"driver"`
	}
	sarifDriver struct { // 3.19
		Name    string      `json:"name"`
		Version string      `json:"version"`
		Rules   []sarifRule `json:"rules"`
	}
	sarifRule struct { // 3.49
		ID               string         `json:"id"`
		ShortDescription sarifMessage   `json:"shortDescription"`
		Properties       map[string]any `json:"properties"`
	}
	sarifInvocation struct { // 3.20
		ExecutionSuccessful        bool                `json:"executionSuccessful"`
		ToolExecutionNotifications []sarifNotification `json:"toolExecutionNotifications,omitempty"`
	}
	sarifNotification struct { // 3.58
		Level   string       `json:"level"`
		Message sarifMessage `json:"message"`
	}
	sarifMessage struct { // 3.11
		Text string `json:"text"`
	}
	sarifResult struct { // 3.27
		RuleID              string            `json:"ruleId"`
		RuleIndex           int               `json:"ruleIndex"`
		Level               string            `json:"level"`
		Message             sarifMessage      `json:"message"`
		Locations           []sarifLocation   `json:"locations"`
		PartialFingerprints map[string]string `json:"partialFingerprints"`
		Properties          map[string]any    `json:"properties"`
	}
	sarifLocation struct { // 3.28
		PhysicalLocation sarifPhysical `json:"physicalLocation"`
	}
	sarifPhysical struct { // 3.29
		ArtifactLocation sarifArtifact `json:"artifactLocation"`
		Region           *sarifRegion  `json:"region,omitempty"`
	}
	sarifArtifact struct { // 3.4
		URI         string        `json:"uri,omitempty"`
		URIBaseID   string        `json:"uriBaseId,omitempty"`
		Description *sarifMessage `json:"description,omitempty"`
	}
	sarifRegion struct { // 3.30
		StartLine int `json:"startLine"`
	}
)

const (
	sarifSchema = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
	// rootfs is the base of the URIs of files in an image.
	rootfs = "ROOTFS"
	// fingerprint names the way in which a result is known again, and its version (3.27.17).
	fingerprint = "lazaretFinding/v1"
)

// WriteSARIF writes the result as a SARIF 2.1.0 log of one run; version is the program's.
func (r Result) WriteSARIF(w io.Writer, version string) error {
	run := sarifRun{
		Tool:        sarifTool{sarifDriver{Name: "lazaret", Version: version, Rules: []sarifRule{}}},
		Invocations: []sarifInvocation{{ExecutionSuccessful: len(r.Errors) == 0}},
		OriginalURIBaseIDs: map[string]sarifArtifact{
			rootfs: {Description: &sarifMessage{"the root of the image's file system"}},
		},
		ColumnKind: "utf16CodeUnits",
		Results:    []sarifResult{},
		Properties: map[string]any{"target": r.Target, "digest": r.Digest, "ruleset": r.Ruleset, "verdict": r.Verdict},
	}
	for _, err := range r.Errors {
		run.Invocations[0].ToolExecutionNotifications = append(run.Invocations[0].ToolExecutionNotifications,
			sarifNotification{Level: "error", Message: sarifMessage{err.Error()}})
	}
	index := map[string]int{}
	for _, f := range r.Findings {
		if _, ok := index[f.Rule]; !ok {
			index[f.Rule] = len(run.Tool.Driver.Rules)
			run.Tool.Driver.Rules = append(run.Tool.Driver.Rules, sarifRule{
				ID: f.Rule, ShortDescription: sarifMessage{string(f.Category) + ": " + f.Rule},
				Properties: map[string]any{"tags": []string{"security", string(f.Category)}},
			})
		}
		run.Results = append(run.Results, r.sarif(f, index[f.Rule]))
	}
	return writeJSON(w, sarifLog{Schema: sarifSchema, Version: "2.1.0", Runs: []sarifRun{run}})
}

func (r Result) sarif(f Finding, rule int) sarifResult {
	text := f.Evidence
	if text == "" {
		text = f.Rule
	}
	out := sarifResult{
		RuleID: f.Rule, RuleIndex: rule, Level: sarifLevel(f.Severity),
		Message:             sarifMessage{text},
		PartialFingerprints: map[string]string{fingerprint: (*inspect.Finding)(&f).Fingerprint()},
		Properties: map[string]any{
			"category": f.Category, "severity": f.Severity, "confidence": f.Confidence,
			"layer": f.Layer, "offset": f.Offset, "createdBy": f.CreatedBy,
		},
	}
	where := sarifPhysical{ArtifactLocation: sarifArtifact{URI: uri(f.Path), URIBaseID: rootfs}}
	switch {
	case f.Path == "" && f.Layer != "":
		where.ArtifactLocation = sarifArtifact{URI: f.Layer.String()} // the scheme is the algorithm
	case f.Path == "":
		where.ArtifactLocation = sarifArtifact{URI: uri(r.Target)} // a name, which is in no blob
	case f.Line > 0:
		where.Region = &sarifRegion{StartLine: f.Line}
	}
	out.Locations = []sarifLocation{{where}}
	return out
}

// sarifLevel is the level of a severity (3.27.10).
func sarifLevel(l inspect.Level) string {
	switch l {
	case inspect.Critical, inspect.High:
		return "error"
	case inspect.Medium:
		return "warning"
	}
	return "note"
}

// uri is a relative URI reference (RFC 3986, section 4.2) for a path.
func uri(path string) string {
	u := url.URL{Path: strings.TrimPrefix(path, "/")}
	return u.String() // it puts "./" before a first segment with a colon
}
