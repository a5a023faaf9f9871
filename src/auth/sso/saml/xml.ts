/** An element as it was read: names without prefixes, text only where there are no elements. */
export interface XmlElement {
  readonly namespace: string;
  readonly name: string;
  /** By local name; namespace declarations and attributes of other namespaces are left out. */
  readonly attributes: ReadonlyMap<string, string>;
  readonly children: readonly XmlElement[];
  /** The text directly inside, untrimmed. */
  readonly text: string;
  readonly parent: XmlElement | null;
}

export const NS = {
  protocol: 'urn:oasis:names:tc:SAML:2.0:protocol',
  assertion: 'urn:oasis:names:tc:SAML:2.0:assertion',
  metadata: 'urn:oasis:names:tc:SAML:2.0:metadata',
  signature: 'http://www.w3.org/2000/09/xmldsig#',
} as const;

/** What was sent is not XML, or uses what no SAML message needs. */
export class XmlError extends Error {
  constructor(reason: string) {
    super(reason);
    this.name = 'XmlError';
  }
}

const ELEMENT = 1;
const TEXT = 3;
const MAX_DEPTH = 64;
const DECLARATION = /^<\?xml [^?<>]*\?>/;

/**
 * Reads a document. Throws `XmlError` for what is not well-formed, and for comments, CDATA, processing instructions and document
 * types: in these, two readers may see two different things, and entities grow without end.
 */
export async function readXml(text: string): Promise<XmlElement> {
  const body = text.replace(/^\uFEFF/, '').trim();
  if (/<[!?]/.test(body.replace(DECLARATION, ''))) throw new XmlError('it holds a document type, comment, CDATA or processing instruction');
  const { DOMParser } = await import('@xmldom/xmldom');
  const fail = (): never => {
    throw new XmlError('it is not well-formed');
  };
  const parser = new DOMParser({ errorHandler: { warning: fail, error: fail, fatalError: fail } });
  const roots = elementsIn(parser.parseFromString(body, 'text/xml').childNodes);
  const [root] = roots;
  if (root === undefined || roots.length > 1) throw new XmlError('it has not exactly one root');
  return toElement(root, null, 0);
}

/** The element and all below it, in document order. */
export function* everyElement(element: XmlElement): Generator<XmlElement> {
  yield element;
  for (const child of element.children) yield* everyElement(child);
}

export function childrenOf(element: XmlElement, namespace: string, name: string): XmlElement[] {
  return element.children.filter((child) => is(child, namespace, name));
}

export function is(element: XmlElement, namespace: string, name: string): boolean {
  return element.namespace === namespace && element.name === name;
}

interface ParsedNode {
  readonly nodeType: number;
  readonly nodeValue: string | null;
  readonly childNodes: ArrayLike<ParsedNode>;
}

interface ParsedElement extends ParsedNode {
  readonly namespaceURI: string | null;
  readonly localName: string | null;
  readonly attributes: ArrayLike<{ readonly namespaceURI?: string | null; readonly localName: string; readonly value: string }>;
}

function elementsIn(nodes: ArrayLike<ParsedNode>): ParsedElement[] {
  return Array.from(nodes).filter(isElement);
}

function isElement(node: ParsedNode): node is ParsedElement {
  return node.nodeType === ELEMENT;
}

function toElement(node: ParsedElement, parent: XmlElement | null, depth: number): XmlElement {
  if (depth > MAX_DEPTH) throw new XmlError('it is too deep');
  const attributes = new Map<string, string>();
  for (const { namespaceURI, localName, value } of Array.from(node.attributes)) {
    if ((namespaceURI ?? '') === '') attributes.set(localName, value);
  }
  const children: XmlElement[] = [];
  const text = Array.from(node.childNodes)
    .filter(({ nodeType }) => nodeType === TEXT)
    .map(({ nodeValue }) => nodeValue ?? '')
    .join('');
  const element = { namespace: node.namespaceURI ?? '', name: node.localName ?? '', attributes, children, text, parent };
  for (const child of elementsIn(node.childNodes)) children.push(toElement(child, element, depth + 1));
  return element;
}
