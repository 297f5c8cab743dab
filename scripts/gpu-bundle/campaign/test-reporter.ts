import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { relative } from 'node:path';
import process from 'node:process';
import type { Reporter, TestModule } from 'vitest/node';
import { recordVariable, type TestFileOutcome, type TestRecord } from './test-record.ts';

const path = process.env[recordVariable] ?? '';

function update(file: string, change: (before: TestFileOutcome | undefined) => TestFileOutcome): void {
  const record = JSON.parse(readFileSync(path, 'utf8')) as TestRecord;
  record[file] = change(record[file]);
  writeFileSync(`${path}.part`, JSON.stringify(record, undefined, 1));
  renameSync(`${path}.part`, path);
}

const messages = (errors: readonly { readonly message: string }[] | undefined): string[] =>
  (errors ?? []).map(({ message }) => message.slice(0, 2000));

/** Keeps each file's outcome as soon as it is there, so that a run that is cut off loses only the files in work. */
class RecordingReporter implements Reporter {
  onTestModuleStart({ moduleId }: TestModule): void {
    update(relative(process.cwd(), moduleId), (before) => ({
      state: 'running',
      interrupted: before?.interrupted ?? 0,
      seconds: 0,
      errors: [],
      tests: [],
    }));
  }

  onTestModuleEnd(module: TestModule): void {
    update(relative(process.cwd(), module.moduleId), (before) => ({
      state: module.state() === 'passed' ? 'passed' : 'failed',
      interrupted: before?.interrupted ?? 0,
      seconds: module.diagnostic().duration / 1000,
      errors: messages(module.errors()),
      tests: [...module.children.allTests()].map((test) => ({
        name: test.fullName,
        state: test.result().state,
        errors: messages(test.result().errors),
      })),
    }));
  }
}

// biome-ignore lint/style/noDefaultExport: vitest takes a reporter's default export.
export { RecordingReporter as default };
