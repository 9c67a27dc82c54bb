// Package document draws official papers as PDF: one typed model in, the same bytes out every time.
//
// A Paper is a letter head, a list of blocks and a foot. It knows nothing of the field; the modules decide what
// stands in it. The text layer of the file is exactly Text(p), character by character, so that what was signed,
// what is copied out and what is searched are one and the same text. Whatever is only picture (page numbers, repeated
// table heads, the watermark, the decorative seal) is drawn as curves and stays out of that layer.
//
// The built-in face is LXGW WenKai (OFL 1.1, see font/OFL.txt). Each file carries only the glyphs it uses.
// The PDF objects are written here rather than by a canvas library, for three reasons of law: a fixed creation date,
// a text layer that tells ～ from 〜 and 〈 from 〈 though the font draws both with one glyph, and no shared
// mutable state between two papers drawn at once. Parsing and subsetting of the font is tdewolff/font's.
package document
