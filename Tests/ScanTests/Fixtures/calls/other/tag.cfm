<!--- <cfset myArray[1]="ContactService.merge"> --->
<cfset key = application.infusionsoftKey>
<p>We don't tag twice. See https://developer.infusionsoft.com</p>
<cfset myArray = ArrayNew(1)>
<cfset myArray[1]="ContactService.addToGroup">
<cfset myArray[2]=key>
<cfset myArray[3]="(int)#memberID#">
<cfset myArray = ArrayNew(1)>
<cfset myArray[1]="DataService.query"><!---Service.method always first param--->
<cfset myArray[2]=key>
<cfset myArray[3]='Contact'>
<cfset myArray[4]='(int)10'>
<cfscript>
  // callKeap(["ContactService.load"])
  found = callKeap(["ContactService.findByEmail", API_KEY, email, ["Id"]]);
  done = this.call("ContactService.removeFromGroup", loc.array);
</cfscript>
<cfxml variable="request"><methodCall><methodName>ContactService.load</methodName></methodCall></cfxml>
<cfoutput>ContactService.add</cfoutput>
