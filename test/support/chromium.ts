import { spawnSync } from 'node:child_process';
import { chmodSync, cpSync, existsSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { brotliDecompressSync } from 'node:zlib';
import { type Browser, chromium } from 'playwright-core';
import { cacheFolder, sparticuzFolder, swiftShaderEnvironment, unpackOnce } from './software-vulkan.ts';

/** Unpacks the headless Chromium that npm brought, once; its folder appears whole or not at all. */
async function chromiumExecutable(): Promise<string> {
  const folder = join(cacheFolder(), 'chromium-147');
  const executable = join(folder, 'chromium');
  if (existsSync(executable)) return executable;
  // Chromium looks for SwiftShader beside itself.
  const swiftShader = await unpackOnce('swiftshader.tar.br', 'swiftshader-147');
  const temporary = mkdtempSync(`${folder}-`);
  cpSync(swiftShader, temporary, { recursive: true });
  const packed = readFileSync(join(sparticuzFolder(), 'bin', 'chromium.br'));
  writeFileSync(join(temporary, 'chromium'), brotliDecompressSync(packed));
  chmodSync(join(temporary, 'chromium'), 0o755);
  try {
    renameSync(temporary, folder);
  } catch (error) {
    // Another process was faster.
    rmSync(temporary, { recursive: true, force: true });
    if (!existsSync(executable)) throw error;
  }
  return executable;
}

/** The libraries that a bare machine lacks (NSS and others), which the npm package brings too. */
async function librariesFor(executable: string): Promise<string | undefined> {
  const { stdout } = spawnSync('ldd', [executable], { encoding: 'utf8' });
  if (!stdout.includes('not found')) return undefined;
  return join(await unpackOnce('al2023.tar.br', 'chromium-libraries-147'), 'lib');
}

/** Headless Chromium from npm (Linux on x64) with WebGPU on SwiftShader; nothing needs to be installed. */
export async function launchChromium(): Promise<Browser> {
  const executablePath = await chromiumExecutable();
  const environment = await swiftShaderEnvironment();
  const libraries = await librariesFor(executablePath);
  if (libraries !== undefined) environment.LD_LIBRARY_PATH += `:${libraries}`;
  return chromium.launch({
    executablePath,
    headless: true,
    env: { ...process.env, ...environment },
    args: ['--no-sandbox', '--enable-unsafe-webgpu', '--use-webgpu-adapter=swiftshader'],
  });
}
