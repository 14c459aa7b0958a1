import { parse, type DefaultTreeAdapterTypes } from 'parse5';

type Node = DefaultTreeAdapterTypes.ChildNode | DefaultTreeAdapterTypes.Document;
export type Element = DefaultTreeAdapterTypes.Element;

function* walk(node: Node): Generator<Node> {
  yield node;
  if ('childNodes' in node) for (const child of node.childNodes) yield* walk(child);
  if (node.nodeName === 'template' && 'content' in node) {
    for (const child of node.content.childNodes) yield* walk(child);
  }
}

/** A page as a browser's parser sees it (WHATWG, by parse5). */
export interface ParsedPage {
  readonly elements: readonly Element[];
  /** All text, and all values of attributes. */
  readonly texts: readonly string[];
  /** Every element's name and its attributes' names, in order: what markup there is, whatever the text. */
  readonly skeleton: string;
}

/** Parses a page. */
export function parsePage(html: string): ParsedPage {
  const elements: Element[] = [];
  const texts: string[] = [];
  for (const node of walk(parse(html))) {
    if ('value' in node) texts.push(node.value);
    if ('data' in node && typeof node.data === 'string') texts.push(node.data);
    if ('attrs' in node) {
      elements.push(node);
      texts.push(...node.attrs.map((attribute) => attribute.value));
    }
  }
  const skeleton = elements
    .map((element) => `${element.tagName}[${element.attrs.map((attribute) => attribute.name).join(' ')}]`)
    .join('\n');
  return { elements, texts, skeleton };
}

/** The value of an attribute. */
export function attributeOf(element: Element, name: string): string | undefined {
  return element.attrs.find((attribute) => attribute.name === name)?.value;
}

/** What is on a page that must not be there: inline script or style, handlers, foreign files, addresses that run. */
export function foreignParts({ elements }: ParsedPage): string[] {
  const found: string[] = [];
  for (const element of elements) {
    const { tagName } = element;
    if (['iframe', 'object', 'embed', 'base', 'style', 'img', 'math', 'template'].includes(tagName)) {
      found.push(`<${tagName}>`);
    }
    if (tagName === 'script' && !/^\/assets\/[\w.-]+$/.test(attributeOf(element, 'src') ?? '')) {
      found.push('<script> of another place');
    }
    for (const { name, value } of element.attrs) {
      if (name.startsWith('on') || name === 'style' || name === 'srcdoc' || name === 'http-equiv') {
        found.push(`${tagName} ${name}`);
      }
      const isAddress = ['href', 'src', 'action', 'formaction'].includes(name);
      if (isAddress && !/^(?:\/(?!\/)|#|https?:\/\/)/.test(value)) found.push(`${tagName} ${name}=${value}`);
      if (isAddress && tagName !== 'a' && !/^\/(?!\/)/.test(value)) found.push(`${tagName} ${name}=${value}`);
    }
  }
  return found;
}
