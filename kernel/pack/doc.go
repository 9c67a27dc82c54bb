// Package pack reads a pack: a folder of YAML files that says what differs from
// one county to the next. It knows no field words. Which kinds of document a
// pack holds, where they lie and how they must look is told to it as
// [Section]s, each with the JSON Schema of the module that owns the kind.
//
// A person writes these files by hand, so everything that is wrong is answered
// with file, line, field and remedy, all at once, in Chinese ([Finding]).
// Nothing in a file can make the loader panic or grow without bound: files,
// documents, nesting and the total have limits, and anchors and aliases are
// refused.
//
// A document's canonical form ([Doc.JSON]) is JSON with sorted keys and without
// empty values; two documents that say the same thing have the same
// [Doc.Digest], however they were typed.
//
// Whether a code named in one document exists in another kind is for the owning
// module to check; [Content.Has], [Content.Nearest] and [Doc.Finding] help it.
package pack
