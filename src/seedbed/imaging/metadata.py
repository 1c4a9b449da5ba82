"""Metadata that says a picture is machine-made, as an XMP packet.

Source: IPTC Photo Metadata Standard 2023.1, property Digital Source Type; XMP Specification
part 1 for the packet.
"""

from __future__ import annotations

import re
from xml.sax.saxutils import escape, quoteattr

SOURCE_TYPES = "http://cv.iptc.org/newscodes/digitalsourcetype/"

_NOT_XML = re.compile(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def xmp_packet(
    *, digital_source_type: str, software: str, created_at: str | None, credit: str | None
) -> bytes:
    """Write the packet; the prompt is its owner's and does not go into the picture."""
    attributes = {
        "Iptc4xmpExt:DigitalSourceType": SOURCE_TYPES + digital_source_type,
        "xmp:CreatorTool": software,
        "xmp:CreateDate": created_at,
        "photoshop:Credit": credit,
    }
    written = " ".join(
        f"{name}={quoteattr(_NOT_XML.sub('', value))}"
        for name, value in attributes.items()
        if value is not None
    )
    return (
        '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>'
        '<x:xmpmeta xmlns:x="adobe:ns:meta/">'
        '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
        '<rdf:Description rdf:about=""'
        ' xmlns:Iptc4xmpExt="http://iptc.org/std/Iptc4xmpExt/2008-02-29/"'
        ' xmlns:xmp="http://ns.adobe.com/xap/1.0/"'
        ' xmlns:photoshop="http://ns.adobe.com/photoshop/1.0/"'
        ' xmlns:dc="http://purl.org/dc/elements/1.1/"'
        f" {written}>{_rights(credit)}</rdf:Description>"
        "</rdf:RDF></x:xmpmeta>"
        '<?xpacket end="w"?>'
    ).encode()


def _rights(credit: str | None) -> str:
    if credit is None:
        return ""
    text = escape(_NOT_XML.sub("", credit), {"\r": "&#13;"})
    return f'<dc:rights><rdf:Alt><rdf:li xml:lang="x-default">{text}</rdf:li></rdf:Alt></dc:rights>'
