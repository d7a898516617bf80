import { ContactService } from './contact.service';
export class ContactComponent {
  constructor(private contactService: ContactService, public ContactService: any) {}
  save() {
    this.contactService.add(this.form.value).subscribe(() => console.log('ContactService.add'));
    this.ContactService.update(3, this.form.value);
    this.dataService.query('Contact');
    const table = { 'ContactService.add': 1 };
    // this.http.post('/x', '<methodName>ContactService.add</methodName>');
    if (name === 'ContactService.add') { throw new Error('ContactService.add'); }
  }
}
