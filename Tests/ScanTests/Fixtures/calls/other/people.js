import { key, proxy } from './helpers';
proxy.ContactService.load(key, 4, ['Id']);
