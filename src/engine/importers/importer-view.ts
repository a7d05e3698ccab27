import type { ImporterInput } from '../../domain/importer.ts';
import type { ImportImporter } from '../../store/entities/import-importer.ts';

/** An importer as it is shown: never with a secret of its source. */
export interface ImporterView extends ImporterInput {
  readonly id: string;
  readonly version: number;
  /** The target its rows arrive in. */
  readonly targetType: string;
  readonly publicKey: string;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

export function viewImporter(importer: ImportImporter): ImporterView {
  const { id, definition, spec, version, publicKey, createdAt, updatedAt } = importer;
  const targetType = definition.target ?? spec?.type ?? '';
  return { ...definition, id, version, targetType, publicKey, createdAt, updatedAt };
}
