import { builtinModules } from 'node:module';
import path from 'node:path';

/**
 * @typedef {object} Room
 * @property {readonly string[]} rooms rooms it may import
 * @property {readonly string[]} [typesOf] rooms of which it may only `import type`
 * @property {readonly string[]} [packages] packages it may import; all when left out
 * @property {boolean} [builtins] whether it may import Node's own modules; default true
 * @property {string} instead what to do rather than a banned import
 */

const BUILTINS = new Set(builtinModules);

/** The room of a file: the folder under `src`, or the file itself for those that lie directly in it. */
function roomOf(file, src) {
  const [first = ''] = path.relative(src, file).split(path.sep);
  return first === '..' ? null : first.replace(/\.[cm]?ts$/, '');
}

function packageOf(specifier) {
  const parts = specifier.split('/');
  return specifier.startsWith('@') ? parts.slice(0, 2).join('/') : parts[0];
}

/** @returns {string | null} what is wrong with the import, or `null` */
function complaint({ specifier, typeOnly, room, own, file, src, hints }) {
  if (specifier.startsWith('.')) {
    const target = roomOf(path.resolve(path.dirname(file), specifier), src);
    if (target === own || target === null) return null;
    if (room.rooms.includes(target)) return null;
    if (room.typesOf?.includes(target)) {
      return typeOnly ? null : `${own}/ may only \`import type\` from ${target}/. ${room.instead}`;
    }
    return `${own}/ does not import ${target}. ${room.instead}`;
  }
  const name = packageOf(specifier);
  if (specifier.startsWith('node:') || BUILTINS.has(name)) {
    return room.builtins === false ? `${own}/ does not import Node's ${specifier}. ${room.instead}` : null;
  }
  if (room.packages === undefined || room.packages.includes(name)) return null;
  return `${own}/ does not import ${name}. ${hints[name] ?? room.instead}`;
}

/** One way for imports between the folders of `src`: a table of rooms, and what to use instead. */
export const roomImports = {
  meta: {
    type: 'problem',
    messages: { banned: '{{ why }}' },
    schema: [
      {
        type: 'object',
        properties: { src: { type: 'string' }, rooms: { type: 'object' }, hints: { type: 'object' } },
        required: ['src', 'rooms', 'hints'],
        additionalProperties: false,
      },
    ],
  },
  create(context) {
    const [{ src, rooms, hints }] = context.options;
    const own = roomOf(context.filename, src);
    const room = own === null ? undefined : rooms[own];
    if (room === undefined) return {};

    const check = (node, source, typeOnly) => {
      if (source?.type !== 'Literal' || typeof source.value !== 'string') return;
      const specifier = source.value;
      const why = complaint({ specifier, typeOnly, room, own, file: context.filename, src, hints });
      if (why !== null) context.report({ node, messageId: 'banned', data: { why } });
    };
    return {
      ImportDeclaration: (node) => check(node, node.source, node.importKind === 'type'),
      ExportNamedDeclaration: (node) => check(node, node.source, node.exportKind === 'type'),
      ExportAllDeclaration: (node) => check(node, node.source, node.exportKind === 'type'),
      ImportExpression: (node) => check(node, node.source, false),
      TSImportType: (node) => check(node, node.source ?? node.argument?.literal, true),
      TSImportEqualsDeclaration: (node) => check(node, node.moduleReference.expression, false),
      'CallExpression[callee.name="require"]': (node) => check(node, node.arguments[0], false),
    };
  },
};
