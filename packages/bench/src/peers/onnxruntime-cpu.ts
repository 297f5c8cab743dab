import { serve } from '../worker/serve.ts';
import { openOnnxRuntime } from './onnxruntime.ts';

await serve((task) => openOnnxRuntime(task, 'cpu'));
